// Bugs for the simulator to find. Each is one line or two of the product, as they would be without the rule they stand for.

const RELEASE = 'packages/cosigner/src/core/share-release.ts';
const REPORTS = 'packages/cosigner/src/core/mark-reports.ts';
const REQUESTS = 'packages/cosigner/src/core/requests.ts';
const COORDINATOR = 'packages/cosigner/src/core/coordinator.ts';
const SESSIONS = 'packages/cosigner/src/core/sessions.ts';
const FORWARDING = 'packages/cosigner/src/core/forwarding.ts';
const DESK = 'packages/cosigner/src/core/share-desk.ts';
const PARTS = 'packages/cosigner/src/core/parts.ts';
const FRAMES = 'packages/cosigner/src/core/peer-frames.ts';
const BATCHES = 'packages/cosigner/src/core/batches.ts';
const RECORDS = 'packages/cosigner/src/core/log-records.ts';
const STATE = 'packages/cosigner/src/core/replicated-state.ts';
const MARKS = 'packages/cosigner/src/core/marks.ts';
const FENCE_RULE = 'packages/cosigner/src/core/fence-rule.ts';
const OWN_STORE = 'packages/cosigner/src/core/own-store.ts';
const NONCE_DESK = 'packages/cosigner/src/core/nonce-desk.ts';
const RULE = 'packages/sign-state/src/rule.ts';
const HRS = 'packages/sign-state/src/hrs.ts';
const RAFT = 'packages/raft-ts/src';
const STORE = 'packages/store/src';
const NONCE_STOCK = 'packages/frost/src/nonce-stock.ts';
const NONCE_PAIR = 'packages/frost/src/nonce-pair.ts';

/**
 * What is signed at a place is agreed on twice: by the marks that the leader is told of, and by Raft, whose next leader has the entry of
 * everything that may be marked, and prefers it. Without the entries only the marks are left.
 */
const LOG_IS_NOT_ASKED = {
  file: REQUESTS,
  from: 'const candidates = [...(intent === undefined ? [] : [intent]), message, ...variants, ...found];',
  to: 'const candidates = [message, ...variants, ...found];',
};
const ASKS_EVERYONE = {
  file: COORDINATOR,
  from: 'willing: () => this.#c.reports.willing(message),',
  to: 'willing: () => this.#c.options.members.map(({ name }) => name),',
};
/** Frames come late, twice, out of order, or not. */
const LATE = { latencyMs: 1, jitterMs: 60, datagrams: true };
const bug = (text, patches, options = {}) => ({ bug: text, patches, options });

export const MUTANTS = [
  // --- the mark and the rule
  bug('a share leaves before its sync', [
    {
      file: DESK,
      from: 'batches.waiting.releases.push(pending);',
      to: 'this.synced(pending);',
    },
    {
      file: RELEASE,
      from: "if (!this.#deps.marks.isDurably(message)) return discard(pending, 'the mark has moved on');",
      to: '',
    },
  ]),
  bug('the mark is not written', [{ file: BATCHES, from: 'this.#records.push(markRecord(mark));', to: '' }]),
  bug('equal bytes are released while their first sync is under way', [
    {
      file: DESK,
      from: 'batches.waiting.releases.push(pending);',
      to: 'if (pending.moved === undefined) { this.synced(pending); return; } batches.waiting.releases.push(pending);',
    },
    {
      file: RELEASE,
      from: "if (!this.#deps.marks.isDurably(message)) return discard(pending, 'the mark has moved on');",
      to: '',
    },
  ]),
  bug('equality by height, round and step only', [
    {
      file: RULE,
      from: "if (equalExceptTimestamp(mark.signBytes, request)) return { kind: 'timestamp-only' };\n  return { kind: 'denied', reason: 'conflicting-data' };",
      to: "return { kind: 'same' };",
    },
    {
      file: MARKS,
      from: 'return mark?.signBytes !== undefined && equalBytes(mark.signBytes.bytes, signBytes.bytes);',
      to: 'return true;',
    },
  ]),
  bug('the order of steps is wrong', [
    {
      file: HRS,
      from: 'return STEP_NUMBER[a.step] - STEP_NUMBER[b.step];',
      to: 'return STEP_NUMBER[b.step] - STEP_NUMBER[a.step];',
    },
  ]),
  bug('rounds do not count', [{ file: HRS, from: 'if (a.round !== b.round) return a.round - b.round;', to: '' }]),
  bug(
    'a cut of the log lowers a mark',
    [
      {
        file: RECORDS,
        from: 'entries = entries.filter((entry) => entry.index < from);',
        to: 'entries = entries.filter((entry) => entry.index < from); marks.clear();',
      },
    ],
    { faults: ['isolate', 'isolate', 'power-loss'] },
  ),
  bug('a snapshot of the store is without marks', [{ file: RECORDS, from: '...state.marks.map(markRecord),', to: '' }]),
  bug(
    'a snapshot from the leader lowers the marks',
    [{ file: RECORDS, from: 'case RECORD_SNAPSHOT:', to: 'case RECORD_SNAPSHOT: marks.clear();' }],
    { faults: ['isolate', 'kill', 'power-loss'] },
  ),
  bug(
    'marks are not read back at the start',
    [{ file: PARTS, from: 'new Marks(restored.marks)', to: 'new Marks([])' }],
    { faults: ['kill', 'power-loss'] },
  ),
  bug('the mark on disk is not asked again after the sync', [
    {
      file: RELEASE,
      from: "if (!this.#deps.marks.isDurably(message)) return discard(pending, 'the mark has moved on');",
      to: '',
    },
    { file: DESK, from: 'batches.writeMark(pending.moved);', to: '' },
  ]),
  // --- what a leader may propose
  // Whom a session asks is a second line behind what is proposed: without t that are known to be willing none is opened.
  bug(
    'a leader proposes before it holds the marks of t',
    [
      {
        file: REQUESTS,
        from: 'return this.#r.reports.willing(message).length >= this.#r.options.threshold;',
        to: 'return true;',
      },
      ASKS_EVERYONE,
      LOG_IS_NOT_ASKED,
    ],
    { faults: ['isolate', 'kill', 'cut'] },
  ),
  bug(
    't is counted one short',
    [
      {
        file: REQUESTS,
        from: 'return this.#r.reports.willing(message).length >= this.#r.options.threshold;',
        to: 'return this.#r.reports.willing(message).length >= this.#r.options.threshold - 1;',
      },
      ASKS_EVERYONE,
      LOG_IS_NOT_ASKED,
    ],
    { faults: ['isolate', 'kill', 'cut'] },
  ),
  bug(
    'a leader goes by marks of an older term',
    [
      { file: REPORTS, from: 'if (report.term !== this.#term) return false;', to: '' },
      { file: REPORTS, from: 'this.#byMember.clear();', to: '' },
      LOG_IS_NOT_ASKED,
    ],
    { size: [4, 3], contrary: 0.5, faults: ['isolate', 'cut', 'transfer', 'slow-network'], faultsMax: 24 },
  ),
  bug(
    'a leader proposes two messages at one place in a term',
    [
      { file: COORDINATOR, from: 'this.#proposed.set(proposedKey(message), message);', to: '' },
      // What it expects of the signers that it has asked rules out a second message as well.
      { file: COORDINATOR, from: 'opened: (session) => this.#expect(message, session),', to: 'opened: () => {},' },
      LOG_IS_NOT_ASKED,
    ],
    { size: [5, 3], contrary: 1, network: LATE, faults: ['cut', 'isolate'], faultsMax: 8 },
  ),
  bug('an append is refused because of a mark', [
    {
      file: FRAMES,
      from: 'if (message !== undefined) log.step(message);',
      to: "if (message !== undefined && !(message.type === 'append' && message.entries.length > 0 && parts.marks.all().length > 0 && message.previousIndex % 3n === 0n)) log.step(message);",
    },
  ]),
  // --- binding of share and entry
  bug(
    'a share is given to who does not lead',
    [
      {
        file: RELEASE,
        from: "if (request.term !== this.#deps.term() || this.#deps.leader() !== from.peer)\n      return refused('not the leader of this term');",
        to: '',
      },
      {
        file: RELEASE,
        from: "if (this.#deps.term() !== request.term || this.#deps.leader() !== from.peer)\n      return discard(pending, 'the term has moved');",
        to: '',
      },
      LOG_IS_NOT_ASKED,
    ],
    { network: LATE, faults: ['isolate', 'cut', 'transfer'] },
  ),
  // --- nonces
  bug('a nonce goes back after a failure and is used again', [
    {
      file: NONCE_STOCK,
      from: 'const found = shelf.pairs.get(number);\n    shelf.pairs.delete(number);',
      to: 'const found = shelf.pairs.get(number);',
    },
    { file: NONCE_PAIR, from: "if (this.#spent) throw new FrostError({ code: 'NONCE_USED' });", to: '' },
    { file: NONCE_PAIR, from: 'this.#hiding.fill(0);\n    this.#binding.fill(0);', to: '' },
    {
      file: 'packages/cosigner/src/core/nonce-use.ts',
      from: 'if (keys.some((key) => used.has(key))) return false;',
      to: '',
    },
    {
      file: SESSIONS,
      from: 'const taken = stock.take(chainId, signerSet);',
      to: 'const taken = stock.peek(chainId, signerSet);',
    },
    {
      file: 'packages/cosigner/src/core/commitment-stock.ts',
      from: '  /** Sessions that could be had now. */',
      to: '  peek(chainId: string, signerSet: readonly number[]) { const stock = this.#stocks.get(stockKey(chainId, signerSet)); return new Map(signerSet.map((member) => [member, stock?.queues.get(member)?.[0]])); }\n  /** Sessions that could be had now. */',
    },
  ]),
  bug(
    'nonces come back after a restart',
    [
      {
        file: NONCE_PAIR,
        from: 'share.reveal((secret) => h3(sodium, fresh, secret))',
        to: 'share.reveal((secret) => h3(sodium, Uint8Array.of(++drawn), secret))',
      },
      {
        file: NONCE_PAIR,
        from: 'export function generateNonces(',
        to: 'let drawn = 0;\nexport function generateNonces(',
      },
    ],
    { curve: 'ed25519', faults: ['kill', 'power-loss'] },
  ),
  // --- answers and refusals
  bug(
    'a leader answers before its own entry is on disk',
    [{ file: PARTS, from: 'isDurable: (index) => log.current.durableIndex >= index,', to: 'isDurable: () => true,' }],
    { faults: ['power-loss', 'slow-disk', 'isolate'] },
  ),
  bug(
    'what was on disk before a cut of the log counts as on disk after it',
    [
      {
        file: `${RAFT}/journal.ts`,
        from: 'this.#durableIndex = lesser(this.#durableIndex, last);',
        to: 'this.#durableIndex = lesser(this.#durableIndex, this.#durableIndex);',
      },
    ],
    { faults: ['isolate', 'slow-disk', 'transfer'] },
  ),
  bug('a forwarded signature is passed on unseen', [
    {
      file: FORWARDING,
      from: 'if (!this.#isSignatureFor(request, signature, timestamp, extensionSignature)) {',
      to: 'if (signature.length !== 64) {',
    },
  ]),
  bug('an aggregate is not verified', [
    {
      file: SESSIONS,
      from: 'return this.#s.deps.verify(task.chain.group.groupKey, message, signature) ? signature : undefined;',
      to: 'return signature;',
    },
  ]),
  bug('a result in the log is believed', [
    {
      file: STATE,
      from: 'if (isKnown(chain, claim) || this.#deps.verify(message.chainId, message.bytes, result.signature))',
      to: '',
    },
  ]),
  bug('a refusal by one mark less than n - t + 1', [
    {
      file: REQUESTS,
      from: 'return reports.blocked(message).length >= options.members.length - options.threshold + 1;',
      to: 'return reports.blocked(message).length >= options.members.length - options.threshold;',
    },
  ]),
  bug('a refusal by marks that are not on disk', [
    {
      file: REPORTS,
      from: '(mark) => mark?.durable === true && compareHrs',
      to: '(mark) => mark !== undefined && compareHrs',
    },
  ]),
  bug("a refusal from a cosigner's own tail", [
    {
      file: REQUESTS,
      from: 'if (this.#answeredByResult(request, chain)) return;',
      to: "if (this.#answeredByResult(request, chain)) return;\n    const tail = this.#r.state.latestIntent(request.message.chainId, request.message)?.message;\n    if (tail !== undefined && !equalExceptTimestamp(tail, request.message)) { this.#deny(request, 'the tail has other data'); return; }",
    },
  ]),
  bug('a refusal during an election', [
    {
      file: REQUESTS,
      from: 'if (this.#r.isLeader()) this.#lead(request, chain);',
      to: "if (!this.#r.isLeader() && this.#r.leaderConnection() === undefined) this.#deny(request, 'no leader');\n    else if (this.#r.isLeader()) this.#lead(request, chain);",
    },
  ]),
  bug('a replay with the time that was asked, not the one that was signed', [
    {
      file: REQUESTS,
      from: "this.settle(request, { kind: 'signed', signature, timestamp: signed.timestamp, extensionSignature });",
      to: "this.settle(request, { kind: 'signed', signature, timestamp: message.timestamp, extensionSignature });",
    },
  ]),
  // --- going on
  bug('a held request is not asked again of the next leader', [
    {
      file: REQUESTS,
      from: 'if (before?.connection.connectionId === to.connectionId && before.term === this.#r.term()) return;',
      to: 'if (before !== undefined) return;',
    },
  ]),
  bug(
    'who refused is never asked again',
    [
      {
        file: SESSIONS,
        from: 'if (task.sessions.size === 0) task.excluded.clear();\n      else this.#hedge(task, now);',
        to: 'if (task.sessions.size > 0) this.#hedge(task, now);',
      },
      {
        file: SESSIONS,
        from: '      // Nobody is left to ask. Who refused may have had a reason that is gone; a lie costs one more session.\n      task.excluded.clear();',
        to: '',
      },
    ],
    { size: [5, 4], lies: ['wrong-shares'], faults: [] },
  ),
  bug("commitments that a leader holds for itself come into the next leader's stock", [
    {
      file: NONCE_DESK,
      from: 'if (handedOn) {\n          this.#remember',
      to: 'if (handedOn && identifier !== member.identifier) {\n          this.#remember',
    },
    // Who refused is asked again where nobody else is left, and with the next tick: with either, it costs a session and no more.
    {
      file: SESSIONS,
      from: 'if (task.sessions.size === 0) task.excluded.clear();\n      else this.#hedge(task, now);',
      to: 'if (task.sessions.size > 0) this.#hedge(task, now);',
    },
    {
      file: SESSIONS,
      from: '      // Nobody is left to ask. Who refused may have had a reason that is gone; a lie costs one more session.\n      task.excluded.clear();',
      to: '',
    },
  ]),
  // --- the rollback fence
  bug('the rollback fence is off', [
    { file: FENCE_RULE, from: 'if (found < position.batches)', to: 'if (found < 0n)' },
    {
      file: FENCE_RULE,
      from: 'if (position.batches <= found) return undefined;',
      to: 'if (found >= 0n) return undefined;',
    },
  ]),
  bug('the rollback fence believes hearsay', [
    { file: FENCE_RULE, from: 'proven: isOwnProof(position),', to: 'proven: true,' },
  ]),
  bug('a new store signs before the others were heard', [
    {
      file: OWN_STORE,
      from: "if (this.#hasEnded || this.isJoining) return 'no';",
      to: "if (this.#hasEnded) return 'no';",
    },
  ]),
  bug('a cosigner with a new store is taken for the one that it was', [
    { file: 'packages/cosigner/src/core/core.ts', from: 'if (isReplaced) log.peerReplaced(peer);', to: '' },
  ]),
  // --- Raft
  bug(
    'a vote leaves before it is on disk',
    [{ file: `${RAFT}/voting.ts`, from: "granted: true }, 'after-persist');", to: "granted: true }, 'at-once');" }],
    { faults: ['power-loss', 'slow-disk', 'isolate'] },
  ),
  bug(
    'a vote is forgotten over a restart',
    [{ file: RECORDS, from: "vote: vote === '' ? undefined : vote", to: 'vote: undefined' }],
    { faults: ['power-loss', 'kill', 'isolate'] },
  ),
  bug('two votes in a term', [
    {
      file: `${RAFT}/voting.ts`,
      from: 'return state.vote === candidate || (state.vote === undefined && state.leader === undefined);',
      to: 'return true;',
    },
  ]),
  bug('a vote for a log that lacks entries', [
    {
      file: `${RAFT}/voting.ts`,
      from: 'return state.journal.log.isUpToDate(message.lastIndex, message.lastTerm);',
      to: 'return true;',
    },
  ]),
  bug('the term of an append is not looked at', [
    {
      file: `${RAFT}/step.ts`,
      from: 'message.term < state.term && !isRefusal',
      to: "message.term < state.term && message.type !== 'append' && !isRefusal",
    },
  ]),
  bug('half is taken for a majority', [
    {
      file: `${RAFT}/quorum.ts`,
      from: 'return Math.floor(members / 2) + 1;',
      to: 'return Math.max(1, Math.floor(members / 2));',
    },
  ]),
  bug('an entry of an older term commits by counting', [
    {
      file: `${RAFT}/replication.ts`,
      from: 'journal.log.termAt(index) !== state.term',
      to: 'journal.log.termAt(index) === undefined',
    },
  ]),
  bug('an entry is acknowledged before it is on disk', [
    {
      file: `${RAFT}/following.ts`,
      from: "index <= state.journal.durableIndex ? 'term-durable' : 'after-persist'",
      to: "'term-durable'",
    },
  ]),
  bug("a follower appends behind an entry that is not the leader's", [
    {
      file: `${RAFT}/following.ts`,
      from: 'if (log.termAt(previousIndex) !== previousTerm) {',
      to: 'if (log.termAt(previousIndex) === undefined) {',
    },
  ]),
  // --- the store
  bug(
    'a synced block is written again',
    [
      {
        file: `${STORE}/log-writer.ts`,
        from: 'this.#offset += paddedBytes;',
        to: 'this.#offset += paddedBytes - BLOCK_BYTES;',
      },
    ],
    { disk: 'store' },
  ),
  bug(
    'a batch counts as synced when it is written',
    [
      {
        file: `${STORE}/log-writer.ts`,
        from: 'file.writeDurably(buffer.bytes, BLOCK_BYTES, end, this.#offset, written);',
        to: 'file.writeDurably(buffer.bytes.slice(), BLOCK_BYTES, end, this.#offset, () => {});\n      queueMicrotask(() => written(undefined));',
      },
    ],
    { disk: 'store' },
  ),
  bug(
    'what a snapshot replaces is removed before the snapshot is there',
    [
      {
        file: `${STORE}/log-writer.ts`,
        from: '        this.#files.retire(this.#active);',
        to: '        this.#files.retire(this.#active);\n        this.#files.removeRetired();',
      },
    ],
    { disk: 'store' },
  ),
];
