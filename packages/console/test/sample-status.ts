import type { ConsoleStatus } from '../src/index.js';

/** RFC 8032, section 7.1, test 1. */
export const PUBLIC_KEY = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex');

export function sampleStatus(changes: Partial<ConsoleStatus> = {}): ConsoleStatus {
  return {
    cluster: 'my-validator',
    cosigner: 'alpha',
    version: '1.2.3',
    ready: true,
    role: 'leader',
    leader: 'alpha',
    term: 7n,
    threshold: 2,
    safetyMargin: 0,
    peers: [
      { name: 'beta', connected: true, rttMs: 0.6123 },
      { name: 'gamma', connected: false, rttMs: undefined, lastError: 'connection refused' },
    ],
    chains: [
      {
        chainId: 'my-chain-1',
        publicKey: PUBLIC_KEY,
        mark: { height: 9_223_372_036_854_775_807n, round: 0, step: 'precommit' },
        nonces: 64,
        nodes: [
          { address: 'tcp://127.0.0.1:26659', connected: true },
          {
            address: 'tcp://127.0.0.1:26660',
            connected: false,
            failures: { refused: 3, closed: 1 },
            lastFailure: { cause: 'refused', error: 'CONNECT_FAILED: <nothing> accepts', ageMs: 750.4 },
          },
        ],
      },
    ],
    ...changes,
  };
}
