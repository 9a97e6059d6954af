// What the bugs of this folder are written with: the files they change, and changes that several need.

export const RELEASE = 'packages/cosigner/src/core/share-release.ts';
export const REPORTS = 'packages/cosigner/src/core/mark-reports.ts';
export const REQUESTS = 'packages/cosigner/src/core/requests.ts';
export const COORDINATOR = 'packages/cosigner/src/core/coordinator.ts';
export const SESSIONS = 'packages/cosigner/src/core/sessions.ts';
export const FORWARDING = 'packages/cosigner/src/core/forwarding.ts';
export const DESK = 'packages/cosigner/src/core/share-desk.ts';
export const PARTS = 'packages/cosigner/src/core/parts.ts';
export const FRAMES = 'packages/cosigner/src/core/peer-frames.ts';
export const BATCHES = 'packages/cosigner/src/core/batches.ts';
export const RECORDS = 'packages/cosigner/src/core/log-records.ts';
export const REPLICATED_LOG = 'packages/cosigner/src/core/replicated-log.ts';
export const STATE = 'packages/cosigner/src/core/replicated-state.ts';
export const MARKS = 'packages/cosigner/src/core/marks.ts';
export const FENCE_RULE = 'packages/cosigner/src/core/fence-rule.ts';
export const OWN_STORE = 'packages/cosigner/src/core/own-store.ts';
export const NONCE_DESK = 'packages/cosigner/src/core/nonce-desk.ts';
export const EPOCHS = 'packages/cosigner/src/core/epochs';
export const RULE = 'packages/sign-state/src/rule.ts';
export const HRS = 'packages/sign-state/src/hrs.ts';
export const RAFT = 'packages/raft-ts/src';
export const STORE = 'packages/store/src';
export const NONCE_STOCK = 'packages/frost/src/nonce-stock.ts';
export const NONCE_PAIR = 'packages/frost/src/nonce-pair.ts';

/**
 * What is signed at a place is agreed on twice: by the marks that the leader is told of, and by Raft, whose next leader has the entry of
 * everything that may be marked, and prefers it. Without the entries only the marks are left.
 */
export const LOG_IS_NOT_ASKED = {
  file: REQUESTS,
  from: 'const candidates = [...(intent === undefined ? [] : [intent]), message, ...variants, ...found];',
  to: 'const candidates = [message, ...variants, ...found];',
};

export const ASKS_EVERYONE = {
  file: COORDINATOR,
  from: 'willing: () => this.#c.reports.willing(message),',
  to: 'willing: () => this.#c.options.members.map(({ name }) => name),',
};

/** Frames come late, twice, out of order, or not. */
export const LATE = { latencyMs: 1, jitterMs: 60, datagrams: true };

/** `patches`: each replaces text that occurs once in its file; `options`: of the plans that are drawn to find it. */
export const bug = (text, patches, options = {}) => ({ bug: text, patches, options });
