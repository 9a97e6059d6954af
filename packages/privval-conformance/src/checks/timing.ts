/** How long a vote takes. For information: what is long depends on the machine. */

import type { Check } from '../check.js';

const VOTES = 50;

export const TIMING: readonly Check[] = [
  {
    title: `time of a vote, ${VOTES} in a row`,
    level: 'may',
    run: async (scene) => {
      const took: number[] = [];
      for (let i = 0; i < VOTES; i++) {
        const vote = scene.vote(scene.nextHeight());
        const startMs = performance.now();
        await scene.node.signVote(vote);
        took.push(performance.now() - startMs);
      }
      took.sort((a, b) => a - b);
      const at = (part: number) => took[Math.floor(took.length * part)]?.toFixed(1);
      return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
    },
  },
];
