import { describe, expect, it } from 'vitest';
import { type LogPosition, OwnStore } from '../src/core/own-store.js';
import { Admission } from '../src/gen/cosigner/cosigner.js';
import { hashes } from '../src/shell/hashes.js';

const NOTHING = { index: 0n, term: 0n };

/** A store that was given to a cosigner of 3 of 5 anew, and what its log has. */
function readmitted() {
  const log: { committed: LogPosition } = { committed: NOTHING };
  const store = new OwnStore(
    {
      peers: 4,
      threshold: 3,
      store: { id: new Uint8Array(16), recovered: 1n, batches: () => 1n },
      bootId: new Uint8Array(16),
      startedMs: 0,
      ...hashes,
      mark: () => undefined,
      hasChain: () => true,
      committed: () => log.committed,
      wallMs: () => 0,
      raise: () => {},
      admitted: () => {},
      end: () => {},
    },
    Admission.READMITTED,
  );
  const hears = (peer: string, commit: bigint, term: bigint) =>
    store.heard(peer, Admission.ADMITTED, { position: undefined, retired: [], heights: [], commit, term });
  return { store, log, hears };
}

describe('a store that an operator made', () => {
  it('joins when its log has what half of all know to be committed, by a leader of the newest term among theirs', () => {
    const { store, log, hears } = readmitted();
    for (const peer of ['b', 'c', 'd']) hears(peer, 7n, 3n);
    log.committed = { index: 7n, term: 3n };
    expect(store.isJoining).toBe(true);
    store.tryJoin();
    expect(store.isJoining).toBe(false);
  });

  it('does not join while fewer than half of all were heard', () => {
    const { store, log, hears } = readmitted();
    log.committed = { index: 7n, term: 3n };
    for (const peer of ['b', 'c']) hears(peer, 7n, 3n);
    expect(store.isJoining).toBe(true);
  });

  it('does not join before its log has what a peer that was heard has committed', () => {
    const { store, log, hears } = readmitted();
    log.committed = { index: 6n, term: 3n };
    for (const [peer, commit] of [
      ['b', 6n],
      ['c', 6n],
      ['d', 7n],
    ] as const)
      hears(peer, commit, 3n);
    expect(store.isJoining).toBe(true);
  });

  // e leads term 4 and knows of an entry, committed together with the lost log, that d has too and does not know as committed; b, c and a
  // leader of term 3 would put another in its place.
  it("does not join by a leader of an older term than a peer's, which may have what that leader has not", () => {
    const { store, log, hears } = readmitted();
    log.committed = { index: 9n, term: 3n };
    for (const [peer, term] of [
      ['b', 3n],
      ['c', 3n],
      ['d', 4n],
    ] as const)
      hears(peer, 7n, term);
    expect(store.isJoining).toBe(true);
    log.committed = { index: 10n, term: 4n };
    store.tryJoin();
    expect(store.isJoining).toBe(false);
  });
});
