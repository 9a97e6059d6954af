import { describe, expect, it } from 'vitest';
import { CoreEvents } from '../src/shell/core-events.js';
import { REASONS_MAX } from '../src/shell/repeats.js';

interface Line {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

function setUp() {
  const lines: Line[] = [];
  const log = (level: string) => (fields: Line['fields'], message: string) =>
    void lines.push({ level, fields, message });
  const clock = { nowMs: 0 };
  const nothing = () => {};
  const events = new CoreEvents({
    logger: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    observer: {
      signed: nothing,
      denied: nothing,
      failed: nothing,
      roleChanged: nothing,
      badShare: nothing,
      hedged: nothing,
    },
    nowMs: () => clock.nowMs,
  });
  const badFrame = (peer: string, reason: string) => events.tell({ kind: 'bad-frame', peer, reason });
  const said = () => lines.splice(0).map(({ fields }) => fields);
  return { lines, clock, events, badFrame, said };
}

describe('a bad frame in the log', () => {
  it('is an error that names peer and reason', () => {
    const { lines, badFrame } = setUp();
    badFrame('beta', 'expected an entry');
    expect(lines).toEqual([
      { level: 'error', fields: { peer: 'beta', reason: 'expected an entry' }, message: 'bad frame' },
    ]);
  });

  it('of one peer and reason is said once, and each minute with how often it came', () => {
    const { clock, badFrame, said } = setUp();
    for (; clock.nowMs < 120_000; clock.nowMs += 50) badFrame('beta', 'cut off');
    expect(said()).toEqual([
      { peer: 'beta', reason: 'cut off' },
      { peer: 'beta', reason: 'cut off', repeated: 1199 },
    ]);
  });

  it('is said again after a minute of silence', () => {
    const { clock, badFrame, said } = setUp();
    badFrame('beta', 'cut off');
    clock.nowMs = 60_000;
    badFrame('beta', 'cut off');
    expect(said()).toEqual([
      { peer: 'beta', reason: 'cut off' },
      { peer: 'beta', reason: 'cut off' },
    ]);
  });

  it('of another peer, or for another reason, is news', () => {
    const { badFrame, said } = setUp();
    badFrame('beta', 'cut off');
    badFrame('gamma', 'cut off');
    badFrame('beta', 'too long');
    expect(said()).toHaveLength(3);
  });

  it('is the same when only the numbers in its reason are others', () => {
    const { badFrame, said } = setUp();
    badFrame('beta', 'expected entry 17 of term 3, found 9');
    badFrame('beta', 'expected entry 18 of term 3, found 10');
    expect(said()).toEqual([{ peer: 'beta', reason: 'expected entry 17 of term 3, found 9' }]);
  });

  it('has as many reasons as are told apart, whatever a peer makes up', () => {
    const { badFrame, said } = setUp();
    for (let at = 0; at < 10 * REASONS_MAX; at++) badFrame('beta', 'x'.repeat(at));
    expect(said()).toHaveLength(REASONS_MAX);
  });
});

describe('a peer in another epoch, and one with a bad contribution to the next', () => {
  it('is in the log once, and each minute with how often it came', () => {
    const { clock, events, lines } = setUp();
    for (; clock.nowMs <= 60_000; clock.nowMs += 1000) {
      events.tell({ kind: 'elsewhere', peer: 'beta', epoch: '' });
      events.tell({ kind: 'bad-contribution', peer: 'beta', reason: 'cut off' });
    }
    const elsewhere = { peer: 'beta', epoch: 'the first' };
    const bad = { peer: 'beta', reason: 'cut off' };
    expect(lines).toEqual([
      { level: 'warn', fields: elsewhere, message: 'peer is in another epoch' },
      { level: 'error', fields: bad, message: 'bad contribution' },
      { level: 'warn', fields: { ...elsewhere, repeated: 59 }, message: 'peer is in another epoch' },
      { level: 'error', fields: { ...bad, repeated: 59 }, message: 'bad contribution' },
    ]);
  });
});
