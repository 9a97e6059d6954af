import { type Frost, loadFrost } from '@quorumsign/frost';
import { encodeVoteSignBytes, floorMark, type MarkRecord, parseSignBytes } from '@quorumsign/sign-state';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  carriedMarks,
  contributionsOf,
  type NamedChange,
  nameChange,
  type Received,
  receive,
  sharingOf,
} from '../../src/core/epochs/contributions.js';
import { PeerStates } from '../../src/core/epochs/passage.js';
import type { CeremonyState, Contribution } from '../../src/gen/cosigner/cosigner.js';
import { hashes } from '../../src/shell/hashes.js';
import { blockOf, prng } from '../core-cluster.js';

const CHAIN = 'chain-1';
const frost: Frost = await loadFrost();
const draw = prng(5);
const random = (length: number) => Uint8Array.from({ length }, () => draw(256));
const secret = frost.randomSecret(random);
const { group, shares } = frost.deal({ secret, threshold: 2, identifiers: [1, 2, 3], epoch: 1, random });
const named = (names: readonly string[]) =>
  names.map((name, at) => ({ name, identifier: at + 1, address: `${name}:1` }));
const change: NamedChange = nameChange(
  {
    cluster: 'c',
    epoch: 2,
    from: new Uint8Array(),
    fromThreshold: 2,
    fromMembers: named(['a', 'b', 'c']),
    dealers: ['a', 'b'],
    threshold: 2,
    members: named(['a', 'b', 'd']),
    chains: [
      {
        chainId: CHAIN,
        epoch: 1,
        commitments: [...group.commitments],
        verificationShares: [...group.verificationShares.values()],
      },
    ],
  },
  hashes.sha256,
);

function markAt(height: bigint): MarkRecord {
  const timestamp = { seconds: 1n, nanos: 0 };
  const blockId = blockOf(1);
  const signBytes = parseSignBytes(
    encodeVoteSignBytes({ type: 'prevote', height, round: 0, blockId, timestamp, chainId: CHAIN }),
  );
  return { height, round: 0, step: 'prevote', chainId: CHAIN, signBytes, timeMs: 0 };
}

/** What dealer 1 or 2 gives member 3. */
function dealtBy(dealer: 1 | 2, marks: readonly MarkRecord[] = [markAt(7n)]): Contribution {
  const contribution = contributionsOf(change, { frost, share: () => shares[dealer - 1], marks, results: [] }).get(3);
  if (contribution === undefined) throw new Error('no contribution');
  return contribution;
}

function received(...contributions: Contribution[]): Map<number, Received> {
  return new Map(
    contributions.map((each, at) => [at + 1, receive(change, each, { dealer: at + 1, member: 3 }, frost)]),
  );
}

describe('contributions', () => {
  let contribution: Contribution;
  beforeEach(() => {
    contribution = dealtBy(1);
  });
  const chain = () => {
    const [first] = contribution.chains;
    if (first?.mark === undefined) throw new Error('no mark');
    return { ...first, mark: first.mark };
  };
  const taken = () => receive(change, contribution, { dealer: 1, member: 3 }, frost);

  it('of all dealers make a sharing of the same key', () => {
    const sharing = sharingOf(change, 3, received(dealtBy(1), dealtBy(2)), frost);
    expect(sharing.chains[0]?.group.groupKey).toEqual(group.groupKey);
    expect(sharing.epoch).toEqual({ number: 2, name: change.id.slice(0, 16) });
  });

  it('made again after a crash are the same', () => {
    expect(dealtBy(1)).toEqual(dealtBy(1));
  });

  it('carry the mark and its bytes', () => {
    expect(taken().marks).toEqual([markAt(7n)]);
  });

  const bad: [string, () => void, RegExp][] = [
    ['with another sub-share', () => chain().subShare.set([1], 3), /DEAL_INVALID/],
    ['without a chain', () => contribution.chains.splice(0), /expected 1 chains, found 0/],
    [
      'of another chain',
      () => Object.assign(contribution.chains[0] ?? {}, { chainId: 'other' }),
      /expected chain chain-1/,
    ],
    ['with a mark of another chain', () => Object.assign(chain().mark, { chainId: 'other' }), /a mark of chain-1/],
    ['with a mark whose bytes say another height', () => Object.assign(chain().mark, { height: 8n }), /its sign bytes/],
    [
      'with a mark that no disk would give back',
      () => Object.assign(chain().mark, { round: 2 ** 31, signBytes: new Uint8Array() }),
      /int32 round/,
    ],
    [
      'with a mark of a height that no chain has',
      () => Object.assign(chain().mark, { height: 2n ** 63n, signBytes: new Uint8Array() }),
      /int64 height/,
    ],
  ];
  for (const [name, spoil, reason] of bad) {
    it(`${name} are refused`, () => {
      spoil();
      expect(taken).toThrow(reason);
    });
  }
});

describe('the marks that a member carries over', () => {
  const carrying = (marks: readonly (readonly MarkRecord[])[], own: readonly MarkRecord[] = []) =>
    carriedMarks(change.change, {
      own,
      received: new Map(marks.map((each, at) => [`dealer ${at + 1}`, { deals: new Map(), marks: each, results: [] }])),
      verify: () => true,
      wallMs: 9,
    });

  it('are the highest of all dealers and its own', () => {
    expect(carrying([[markAt(5n)], [markAt(7n)]], [markAt(6n)])).toEqual([{ ...markAt(7n), timeMs: 9 }]);
    expect(carrying([[markAt(5n)], []], [markAt(6n)])).toEqual([{ ...markAt(6n), timeMs: 9 }]);
    expect(carrying([[], []])).toEqual([]);
  });

  it('are none where a dealer tells of a height that nothing else comes near', () => {
    expect(carrying([[markAt(5n)], [floorMark(2n ** 60n, CHAIN, 0)]])).toEqual({ unbelievable: 'dealer 2' });
  });
});

describe('what a peer says of itself', () => {
  it('names its store with the bytes that a name has, because that goes to disk', () => {
    const state = { sealed: false, dealt: false, withdrawn: false, received: [], begun: false, over: false };
    const told: CeremonyState = { ...state, holds: new Uint8Array(), store: new Uint8Array(1_000_000) };
    expect(() => new PeerStates().heard('b', told)).toThrow(/16 bytes, found 1000000/);
  });
});
