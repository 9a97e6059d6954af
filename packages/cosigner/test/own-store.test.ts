import { describe, expect, it } from 'vitest';
import { type LogPosition, OwnStore } from '../src/core/own-store.js';
import { Admission } from '../src/gen/cosigner/cosigner.js';
import { hashes } from '../src/shell/hashes.js';

const NOTHING = { index: 0n, term: 0n };

/** A store that was given to a cosigner of 3 of 5 anew, and what its log has. */
function readmitted() {
  const log: { committed: LogPosition } = { committed: NOTHING };
  const told: { sealed?: Uint8Array | undefined } = {};
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
      admitted: (sealed) => {
        told.sealed = sealed;
      },
      end: () => {},
    },
    Admission.READMITTED,
  );
  const hears = (...[peer, commit, term, sealed = new Uint8Array()]: Word) =>
    store.heard(peer, Admission.ADMITTED, { position: undefined, retired: [], heights: [], commit, term, sealed });
  return { store, log, hears, told };
}

type Word = readonly [peer: string, commit: bigint, term: bigint, sealed?: Uint8Array];

const ENOUGH: readonly Word[] = [
  ['b', 7n, 3n],
  ['c', 7n, 3n],
  ['d', 7n, 3n],
];

describe('a store that an operator made', () => {
  it.each([
    ['fewer than half of all were heard', ENOUGH.slice(1), { index: 7n, term: 3n }],
    ['its log lacks what one of them has committed', ENOUGH, { index: 6n, term: 3n }],
    // b has an entry of term 4. e, which was not heard, may know that it is committed, and the leader of term 3 put another in its place.
    [
      'a leader of a term older than one of theirs brought its log up',
      [...ENOUGH.slice(1), ['b', 7n, 4n] satisfies Word],
      { index: 9n, term: 3n },
    ],
  ])('does not join while %s', (_, peers, committed) => {
    const { store, log, hears } = readmitted();
    log.committed = committed;
    for (const peer of peers) hears(...peer);
    expect(store.isJoining).toBe(true);
  });

  it('joins when its log has what half of all have committed, from a leader of no older term', () => {
    const { store, log, hears } = readmitted();
    for (const peer of ENOUGH) hears(...peer);
    expect(store.isJoining).toBe(true);
    log.committed = { index: 7n, term: 3n };
    store.tryJoin();
    expect(store.isJoining).toBe(false);
  });

  it('takes over the seal that one of them has on the epoch, and only what can be one', () => {
    const { log, hears, told } = readmitted();
    log.committed = { index: 7n, term: 3n };
    hears('b', 7n, 3n, new Uint8Array(31));
    hears('c', 7n, 3n);
    hears('d', 7n, 3n, new Uint8Array(32).fill(9));
    expect(told.sealed).toEqual(new Uint8Array(32).fill(9));
  });
});
