/** Each kind of message once. The test node verifies signatures as a node does, and panics where a node would. */

import { randomBytes } from 'node:crypto';
import type { TestVote } from '@quorumsign/privval';
import { type Check, expectThat } from '../check.js';
import { inWords, type Scene } from '../scene.js';

async function signs(scene: Scene, over: Partial<TestVote>): Promise<string | undefined> {
  const answer = await scene.node.signVote(scene.vote(scene.nextHeight(), over));
  expectThat(answer.kind === 'signed', 'a signature', inWords(answer));
  return undefined;
}

function vote(title: string, over: Partial<TestVote>, level: Check['level'] = 'must'): Check {
  return { title, level, run: (scene) => signs(scene, over) };
}

function proposal(title: string, polRound: number): Check {
  return {
    title,
    level: 'must',
    run: async (scene) => {
      const height = scene.nextHeight();
      const answer = await scene.node.signProposal(
        scene.proposal(height, { polRound, round: Math.max(0, polRound + 1) }),
      );
      expectThat(answer.kind === 'signed', 'a signature', inWords(answer));
      return undefined;
    },
  };
}

export const MESSAGES: readonly Check[] = [
  { title: 'answers a ping', level: 'must', run: async ({ node }) => void (await node.ping()) },
  vote('signs a prevote for a block', {}),
  vote('signs a prevote for nil, without an extension signature', { blockId: undefined }),
  vote('signs a precommit for a block, with the signature of its empty extension', { type: 'precommit' }),
  vote('signs a precommit for nil, without an extension signature', { type: 'precommit', blockId: undefined }),
  vote('signs an extension', { type: 'precommit', extension: Buffer.from('extension') }),
  // `should`: chains with such extensions need it, but the reference signer before 0.40 reads no request over 10240 bytes.
  vote(
    'signs an extension of 20 kB, in a reply that nodes before 0.40 read',
    { type: 'precommit', extension: randomBytes(20_000) },
    'should',
  ),
  vote('signs an extension of a megabyte', { type: 'precommit', extension: randomBytes(1024 * 1024) }, 'should'),
  vote('signs a vote of a later round', { round: 3 }),
  vote('signs a vote at the Unix epoch', { timestamp: { seconds: 0n, nanos: 0 } }),
  proposal('signs a proposal without a proof-of-lock round', -1),
  proposal('signs a proposal with proof-of-lock round 0', 0),
  proposal('signs a proposal with proof-of-lock round 5', 5),
  {
    title: 'answers requests in their order',
    level: 'must',
    run: async (scene) => {
      const height = scene.nextHeight();
      const answers = await Promise.all([
        scene.node.signVote(scene.vote(height)),
        scene.node.ping(),
        scene.node.signVote(scene.vote(height, { type: 'precommit' })),
      ]);
      expectThat(answers[0].kind === 'signed' && answers[2].kind === 'signed', 'two signatures', 'less');
      return undefined;
    },
  },
];
