import { describe, expect, it } from 'vitest';
import type { Happening } from '../src/happenings.js';
import type { Plan } from '../src/plan.js';
import { PROBE_NEW, PROBE_TOUCHED } from '../src/prober.js';
import { extensionOf } from '../src/votes.js';
import {
  A,
  answered,
  B,
  begins,
  CHANGED,
  deals,
  GIVEN_UP,
  judge,
  LATER_A,
  leads,
  marks,
  OTHER,
  shares,
  starts,
  synced,
  vote,
} from './histories.js';
import { entryRecordOf, epochRecordOf, markRecordOf, peerStoreRecordOf, positionOf, sealRecordOf } from './records.js';

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
    ['when a dealer deals before its seal', [deals('c1', OTHER)], /sealed before it deals/],
    [
      'when a dealer deals for another change than it is sealed for',
      [synced('c1', sealRecordOf(GIVEN_UP)), deals('c1', OTHER)],
      /sealed before it deals/,
    ],
    [
      'when who has sealed the second epoch gives a share of it',
      [
        synced('c1', epochRecordOf(OTHER), markRecordOf(A)),
        synced('c1', sealRecordOf(GIVEN_UP)),
        { kind: 'share-left', cosigner: 'c1', to: 'c2', message: A, nonce: 'n', epoch: 2 },
      ],
      /who is sealed gives no share/,
      CHANGED,
    ],
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
