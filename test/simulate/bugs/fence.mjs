// Bugs of the rollback fence.

import { bug, FENCE_RULE, OWN_STORE } from './bug.mjs';

export const FENCE_BUGS = [
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
  bug(
    'a new store signs before the others were heard',
    [
      {
        file: OWN_STORE,
        from: "if (this.#hasEnded || this.isJoining) return 'no';",
        to: "if (this.#hasEnded) return 'no';",
      },
    ],
    { size: [4, 3], faulty: ['c2'], changes: 0 },
  ),
  bug(
    'a cosigner with a new store is taken for the one that it was',
    [{ file: 'packages/cosigner/src/core/core.ts', from: 'if (isReplaced) log.peerReplaced(peer);', to: '' }],
    // Not the one that mostly leads: a new leader knows nothing of what it had.
    { size: [4, 3], faulty: ['c3'], faults: [] },
  ),
];
