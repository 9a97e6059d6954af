import { describe, expect, it } from 'vitest';
import { QuickWhenHealed } from '../src/checkers/quick-when-healed.js';
import type { Happening } from '../src/happenings.js';
import { PROBE_NEW, PROBE_RUSH } from '../src/prober.js';
import {
  A,
  answered,
  B,
  begins,
  CHANGED,
  judge,
  LATER_A,
  leads,
  marks,
  OTHER,
  shares,
  starts,
  vote,
} from './histories.js';
import { entryRecordOf } from './records.js';

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
