import { describe, expect, it } from 'vitest';
import { statusSchema, statusText } from '../src/commands/status-text.js';

const ADDRESS = 'tcp://127.0.0.1:26659';

function textWith(node: object): string[] {
  const nodes = [{ address: ADDRESS, connected: true, ...node }];
  const chain = { chainId: 'chain-1', address: 'AB', height: '7', round: 0, step: 'prevote', nodes };
  const found = statusSchema.parse({
    cluster: 'cluster',
    cosigner: 'alpha',
    ready: true,
    role: 'leader',
    leader: 'alpha',
    term: 3,
    threshold: 2,
    safetyMargin: 0,
    peers: [
      { name: 'beta', connected: true, rttMs: 0.6 },
      { name: 'gamma', connected: false, rttMs: null },
    ],
    chains: [chain],
  });
  return statusText(found).split('\n');
}

const failure = (ageMs: number) => ({
  failures: { refused: 12, timeout: 0, closed: 1 },
  lastFailure: { cause: 'refused', error: 'CONNECT_FAILED: nothing accepts a connection', ageMs },
});

describe('the status as text', () => {
  it('has a line for the cosigner, its threshold, each peer, each chain and each node', () => {
    expect(textWith({})).toEqual([
      'alpha of cluster: ready, leader, term 3, leader alpha',
      'threshold 2 of 3, safety margin 0',
      '  beta         connected  0.6 ms',
      '  gamma        NOT CONNECTED',
      'chain chain-1  AB  height 7 round 0 prevote',
      `  ${ADDRESS}  serving`,
    ]);
  });

  it('tells of a node what failed how often, and of the last failure when and why', () => {
    expect(textWith({ connected: false, ...failure(12_900) }).slice(-2)).toEqual([
      `  ${ADDRESS}  standby or away`,
      '    failures: refused 12, closed 1; last 12 s ago, refused: CONNECT_FAILED: nothing accepts a connection',
    ]);
  });

  it.each([
    [0, '0 s'],
    [119_999, '119 s'],
    [120_000, '2 min'],
    [7_199_999, '119 min'],
    [7_200_000, '2 h'],
    [1_000_000_000, '277 h'],
  ])('says %d ms as %s', (ageMs, words) => {
    expect(textWith(failure(ageMs)).at(-1)).toContain(`last ${words} ago`);
  });
});
