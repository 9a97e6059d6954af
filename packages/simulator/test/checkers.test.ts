import type { CoreRecord } from '@quorumsign/cosigner/core';
import { describe, expect, it } from 'vitest';
import { createCheckers } from '../src/checkers/index.js';
import { QuickWhenHealed } from '../src/checkers/quick-when-healed.js';
import { drawPlan } from '../src/draw-plan.js';
import type { Checker, Happening } from '../src/happenings.js';
import type { Plan } from '../src/plan.js';
import { PROBE_NEW, PROBE_RUSH, PROBE_TOUCHED } from '../src/prober.js';
import { extensionOf, signBytesOf } from '../src/votes.js';
import { entryRecordOf, epochRecordOf, markRecordOf, peerStoreRecordOf, positionOf, sealRecordOf } from './records.js';

const plan: Plan = {
  ...drawPlan(1),
  members: ['c1', 'c2', 'c3'],
  threshold: 2,
  raft: 'sound',
  faulty: [],
  liars: [],
  change: undefined,
};
const CHANGED: Partial<Plan> = {
  change: {
    atMs: 1,
    members: plan.members,
    threshold: 2,
    dealers: ['c1', 'c2'],
    withdrawAfterMs: undefined,
    dealersAfter: undefined,
  },
};
const vote = (height: bigint, block: number, step: 'prevote' | 'precommit' = 'prevote') =>
  signBytesOf({ chainId: 'chain-1', height, round: 0, step, block, timeMs: 1000 });
const A = vote(5n, 1);
const B = vote(5n, 2);
const LATER_A = signBytesOf({ chainId: 'chain-1', height: 5n, round: 0, step: 'prevote', block: 1, timeMs: 2000 });

/** Histories that no cluster may have, and the rule that each breaks. */
function judge(happenings: readonly Happening[], of: Partial<Plan> = {}, verifies = true): void {
  const checkers: Checker[] = createCheckers({ ...plan, ...of }, () => verifies);
  for (const happening of happenings) for (const checker of checkers) checker.observe(happening, 0);
  for (const checker of checkers) checker.finish?.(0);
}

const marks = (cosigner: string, message: Uint8Array): Happening => ({
  kind: 'synced',
  cosigner,
  records: [markRecordOf(message)],
});
const shares = (cosigner: string, message: Uint8Array, to = 'c1'): Happening[] => [
  marks(cosigner, message),
  { kind: 'share-left', cosigner, to, message, nonce: 'n', epoch: 1 },
];
const answered = (message: Uint8Array, outcome: 'signed' | 'denied', node = 'node-1'): Happening => ({
  kind: 'answered',
  node,
  cosigner: 'c1',
  message,
  extension: undefined,
  outcome:
    outcome === 'signed'
      ? {
          kind: 'signed',
          signature: new Uint8Array(64),
          timestamp: { seconds: 1n, nanos: 1 },
          extensionSignature: undefined,
        }
      : { kind: 'denied', message: 'no' },
});
/** Of every cosigner, a change that is given up, and one that begins the second epoch. */
const GIVEN_UP = 1;
const OTHER = 2;
const synced = (cosigner: string, ...records: CoreRecord[]): Happening => ({ kind: 'synced', cosigner, records });
const begins = (change: number): Happening[] => [
  synced('c1', sealRecordOf(GIVEN_UP)),
  synced('c1', sealRecordOf(undefined)),
  synced('c2', epochRecordOf(change), markRecordOf(A)),
  { kind: 'share-left', cosigner: 'c2', to: 'c2', message: A, nonce: 'n', epoch: 2 },
];
const leads = (cosigner: string, leader: string): Happening => ({
  kind: 'event',
  cosigner,
  event: { kind: 'role', role: cosigner === leader ? 'leader' : 'follower', term: 3n, leader },
});
const starts = (cosigner: string): Happening => ({
  kind: 'recovered',
  cosigner,
  records: [],
  position: positionOf(0n),
});

describe('a history is refused', () => {
  const cases: readonly (readonly [string, readonly Happening[], RegExp, Partial<Plan>?])[] = [
    [
      'when one cosigner signs two messages',
      [...shares('c1', A), ...shares('c1', B)],
      /one cosigner signs one message/,
    ],
    [
      'when two messages can reach t shares together with the faulty',
      [...shares('c2', A), ...shares('c3', B)],
      /no double sign/,
      { faulty: ['c1'] },
    ],
    [
      'when a share leaves without a mark',
      [{ kind: 'share-left', cosigner: 'c2', to: 'c1', message: A, nonce: 'n', epoch: 1 }],
      /a mark on disk/,
    ],
    [
      'when a share leaves under the mark of other bytes',
      [marks('c2', B), { kind: 'share-left', cosigner: 'c2', to: 'c1', message: A, nonce: 'n', epoch: 1 }],
      /a mark on disk/,
    ],
    [
      'when an extension leaves without its precommit',
      [
        ...shares('c2', vote(5n, 1, 'prevote')),
        {
          kind: 'share-left',
          cosigner: 'c2',
          to: 'c1',
          nonce: 'n',
          epoch: 1,
          message: extensionOf({ chainId: 'chain-1', height: 5n, round: 0, step: 'precommit', block: 1, timeMs: 0 }, 1),
        },
      ],
      /signed an extension/,
    ],
    ['when a mark falls', [marks('c1', vote(6n, 1)), marks('c1', A)], /marks never fall/],
    ['when a mark is gone after a restart', [marks('c1', A), starts('c1')], /marks never fall/],
    [
      'when a snapshot forgets a mark',
      [marks('c1', A), { kind: 'compacted', cosigner: 'c1', records: [] }],
      /marks never fall/,
    ],
    ['when a synced block is written again', [{ kind: 'rewritten', cosigner: 'c1', place: 'a' }], /written again/],
    [
      'when a nonce makes two shares',
      [
        { kind: 'share-made', cosigner: 'c1', nonce: 'n', session: 'a' },
        { kind: 'share-made', cosigner: 'c1', nonce: 'n', session: 'b' },
      ],
      /key share is lost/,
    ],
    ['when two messages are answered at one place', [answered(A, 'signed'), answered(B, 'signed')], /answers agree/],
    [
      'when two lead in one term',
      ['c1', 'c2'].map((cosigner) => ({
        kind: 'event',
        cosigner,
        event: { kind: 'role', role: 'leader', term: 3n, leader: cosigner },
      })),
      /one leader a term/,
    ],
    [
      "when a signature goes out that its leader's disk does not know",
      [
        { kind: 'synced', cosigner: 'c1', records: [entryRecordOf(vote(4n, 1))] },
        {
          kind: 'event',
          cosigner: 'c1',
          event: { kind: 'signed', chainId: 'chain-1', hrs: 'height 5 round 0 prevote', latencyMs: 1, step: 'prevote' },
        },
      ],
      /on its disk before the answer/,
    ],
    [
      'when a share goes from a cosigner on an older disk to one that knows better',
      [
        { kind: 'synced', cosigner: 'c2', records: [peerStoreRecordOf('c1', positionOf(9n, 1))] },
        { kind: 'recovered', cosigner: 'c1', records: [], position: positionOf(8n, 2) },
        ...shares('c1', A, 'c2'),
      ],
      /older disk signs nothing/,
    ],
    ['when a dealer deals before its seal', [{ kind: 'dealt', cosigner: 'c1', to: 'c2' }], /sealed before it deals/],
    [
      'when who is sealed gives a share',
      [synced('c1', sealRecordOf(OTHER)), ...shares('c1', A, 'c2')],
      /who is sealed gives no share/,
    ],
    ['when an epoch signs that was given up', begins(GIVEN_UP), /an epoch that was given up never signs/, CHANGED],
    ['when a refusal comes from nowhere', [answered(A, 'denied')], /a signature was due/],
    ['when one mark of three is taken for a reason to refuse', [...shares('c1', B), answered(A, 'denied')], /was due/],
    [
      'when a vote is refused while the same with another time can still be signed',
      [marks('c2', A), marks('c3', vote(6n, 1)), answered(LATER_A, 'denied')],
      /was due/,
    ],
    [
      'when a new height is refused after healing',
      [
        starts('c1'),
        starts('c2'),
        { kind: 'asked', node: PROBE_NEW, cosigner: 'c1', message: A, extension: undefined },
        answered(A, 'denied', PROBE_NEW),
        ...shares('c1', B),
        ...shares('c2', B),
      ],
      /signature was due|a new height is signed/,
    ],
    [
      'when a new height hangs though t are up',
      [
        starts('c1'),
        starts('c2'),
        { kind: 'asked', node: PROBE_NEW, cosigner: 'c1', message: A, extension: undefined },
      ],
      /a new height is signed/,
    ],
    [
      'when an old message hangs though all are up',
      [
        ...['c1', 'c2', 'c3'].map(starts),
        { kind: 'asked', node: PROBE_TOUCHED, cosigner: 'c1', message: A, extension: undefined },
      ],
      /dies/,
    ],
    [
      'when a new height is given up in a whole cluster of honest cosigners',
      [
        ...['c1', 'c2', 'c3'].map(starts),
        { kind: 'asked', node: PROBE_NEW, cosigner: 'c1', message: A, extension: undefined },
        { ...answered(A, 'denied', PROBE_NEW), outcome: { kind: 'gave-up', reason: 'no leader' } } as Happening,
      ],
      /no vote is lost/,
      { faults: [] },
    ],
    [
      'when a vote is given up though nothing is wrong but shares',
      [{ ...answered(A, 'denied'), outcome: { kind: 'gave-up', reason: 'no signature' } } as Happening],
      /wrong shares cost no vote/,
      {
        faults: [],
        network: { latencyMs: 1, jitterMs: 1, datagrams: false },
        liars: [{ name: 'c3', lies: ['wrong-shares'] }],
      },
    ],
    [
      'when a cosigner with a new store ends again and again',
      [
        ...['c1', 'c2', 'c3'].map(starts),
        { kind: 'readmitted', cosigner: 'c3' },
        { kind: 'ended', cosigner: 'c3', reason: 'entries forgotten', impossible: false },
      ],
      /new store takes part again/,
      { faulty: ['c3'] },
    ],
    [
      'when a share goes to a cosigner that its maker does not follow',
      [leads('c2', 'c3'), ...shares('c2', A, 'c1')],
      /for the leader alone/,
    ],
    [
      'when a nonce pair is used over another connection than it was drawn for',
      [
        { kind: 'connected', cosigner: 'c2', peer: 'c1' },
        { kind: 'nonce-drawn', cosigner: 'c2', nonce: 'n' },
        { kind: 'connected', cosigner: 'c2', peer: 'c1' },
        ...shares('c2', A),
      ],
      /dies with its connection/,
    ],
    [
      'when a lie ends an honest cosigner',
      [{ kind: 'ended', cosigner: 'c2', reason: 'FENCED: c1 says so', impossible: false }],
      /no lie ends an honest cosigner/,
      { faulty: ['c1'] },
    ],
    [
      'when a core finds itself in an impossible state',
      [{ kind: 'ended', cosigner: 'c1', reason: 'impossible', impossible: true }],
      /no impossible state/,
    ],
  ];
  for (const [title, happenings, rule, of] of cases) {
    it(title, () => {
      expect(() => judge(happenings, of)).toThrow(rule);
    });
  }

  it('when an answered signature does not verify', () => {
    expect(() => judge([answered(A, 'signed')], {}, false)).toThrow(/answered signatures verify/);
  });
});

describe('a history is accepted', () => {
  it('in which two cosigners sign one message and a node that asks for another is refused', () => {
    judge([...shares('c1', A), ...shares('c2', A), answered(A, 'signed'), answered(B, 'denied')]);
  });

  it('in which shares go to the leader, its own too', () => {
    judge([leads('c1', 'c1'), leads('c2', 'c1'), ...shares('c1', A), ...shares('c2', A)]);
  });

  it('in which a nonce pair is used over the connection that it was drawn for', () => {
    judge([
      { kind: 'connected', cosigner: 'c2', peer: 'c1' },
      { kind: 'nonce-drawn', cosigner: 'c2', nonce: 'n' },
      ...shares('c2', A),
    ]);
  });

  it('in which a cosigner that is faulty itself is fenced', () => {
    judge([{ kind: 'ended', cosigner: 'c1', reason: 'FENCED: older', impossible: false }], { faulty: ['c1'] });
  });

  it('in which a share is told of after its mark has moved on', () => {
    judge([
      ...shares('c1', A),
      marks('c1', vote(6n, 1)),
      { kind: 'share-left', cosigner: 'c1', to: 'c2', message: A, nonce: 'n', epoch: 1 },
    ]);
  });

  it("in which a signature goes out of an entry that is on its leader's disk", () => {
    judge([
      { kind: 'synced', cosigner: 'c1', records: [entryRecordOf(A)] },
      {
        kind: 'event',
        cosigner: 'c1',
        event: { kind: 'signed', chainId: 'chain-1', hrs: 'height 5 round 0 prevote', latencyMs: 1, step: 'prevote' },
      },
    ]);
  });

  it('in which a new height hangs because fewer than t are up', () => {
    judge([starts('c1'), { kind: 'asked', node: PROBE_NEW, cosigner: 'c1', message: A, extension: undefined }]);
  });

  it('in which a vote is refused that no t can sign any more, with no time that a disk has', () => {
    judge([
      ...shares('c2', A),
      ...shares('c3', A),
      marks('c2', vote(6n, 1)),
      marks('c1', LATER_A),
      answered(LATER_A, 'denied'),
    ]);
  });

  it('in which an epoch signs after another change to one of its number was given up', () => {
    judge(begins(OTHER), CHANGED);
  });

  it('in which two messages have marks on two disks and no signature', () => {
    judge([...shares('c1', A), ...shares('c2', B), answered(vote(5n, 3), 'denied')]);
  });
});

describe('an answer in a rush', () => {
  const asked = (message: Uint8Array, node = PROBE_RUSH): Happening => ({
    kind: 'asked',
    node,
    cosigner: 'c1',
    message,
    extension: undefined,
  });
  function judgeTimes(...history: readonly (readonly [atMs: number, happening: Happening])[]): void {
    const checker = new QuickWhenHealed();
    for (const [atMs, happening] of history) checker.observe(happening, atMs);
    checker.finish(1000);
  }

  it('is late after 25 ms, counted from the first asking', () => {
    judgeTimes([0, asked(A)], [20, asked(A)], [25, answered(A, 'signed', PROBE_RUSH)]);
    expect(() => judgeTimes([0, asked(A)], [20, asked(A)], [26, answered(A, 'signed', PROBE_RUSH)])).toThrow(
      'height 5 asked of c1, answered after 26 ms',
    );
  });

  it('that never comes is late', () => {
    expect(() => judgeTimes([0, asked(A)])).toThrow('no vote waits where all is well');
  });

  it('is timed apart from those of other nodes', () => {
    judgeTimes([0, asked(A, PROBE_NEW)], [900, asked(A)], [901, answered(A, 'signed', PROBE_RUSH)]);
  });
});
