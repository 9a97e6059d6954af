/** What keeps a validator's stake: nothing is signed twice, and what was signed is said again as it was. */

import type { TestSignResult, TestVote } from '@quorumsign/privval';
import { type Check, expectThat } from '../check.js';
import { blockOf, inWords, type Scene } from '../scene.js';

function refusal(title: string, then: (at: bigint) => Partial<TestVote>, first: Partial<TestVote> = {}): Check {
  return {
    title,
    level: 'must',
    run: async (scene) => {
      const height = scene.nextHeight();
      const signed = await scene.node.signVote(scene.vote(height, first));
      expectThat(signed.kind === 'signed', 'a signature first', inWords(signed));
      const before = scene.node.connections.accepted;
      const answer = await scene.node.signVote(scene.vote(height, { ...first, ...then(height) }));
      expectThat(answer.kind === 'refused', 'a refusal', inWords(answer));
      const after = scene.node.connections.accepted;
      expectThat(after === before, 'a refusal on the connection that stays', 'a new connection');
      return answer.kind === 'refused' ? answer.description.slice(0, 70) : undefined;
    },
  };
}

async function twice(
  scene: Scene,
  over: Partial<TestVote>,
): Promise<readonly [Extract<TestSignResult, { kind: 'signed' }>, Extract<TestSignResult, { kind: 'signed' }>]> {
  const height = scene.nextHeight();
  const first = await scene.node.signVote(scene.vote(height));
  const second = await scene.node.signVote(scene.vote(height, over));
  if (first.kind !== 'signed' || second.kind !== 'signed') {
    expectThat(false, 'two answers with a signature', `${inWords(first)}, then ${inWords(second)}`);
    throw new Error('impossible: an expectation that did not throw');
  }
  return [first, second];
}

export const DOUBLE_SIGNS: readonly Check[] = [
  {
    title: 'gives the same signature for the same vote',
    level: 'must',
    run: async (scene) => {
      const [first, second] = await twice(scene, {});
      expectThat(Buffer.compare(first.signature, second.signature) === 0, 'one signature', 'two');
      return undefined;
    },
  },
  {
    title: 'gives the first signature and its timestamp for a vote that differs in time only',
    level: 'must',
    run: async (scene) => {
      const [first, second] = await twice(scene, { timestamp: { seconds: 1_800_000_000n, nanos: 9 } });
      expectThat(Buffer.compare(first.signature, second.signature) === 0, 'the first signature', 'another');
      const same =
        first.timestamp.seconds === second.timestamp.seconds && first.timestamp.nanos === second.timestamp.nanos;
      expectThat(same, 'the first timestamp', 'another');
      return undefined;
    },
  },
  refusal('refuses another block at one height, round and step', (height) => ({ blockId: blockOf(`other ${height}`) })),
  refusal('refuses nil after a block', () => ({ blockId: undefined })),
  refusal('refuses a lower height', (height) => ({ height: height - 1n, blockId: blockOf('lower') })),
  refusal('refuses a lower round', () => ({ round: 1, blockId: blockOf('lower') }), { round: 2 }),
  refusal('refuses a lower step', () => ({ type: 'prevote', blockId: blockOf('lower') }), { type: 'precommit' }),
  {
    title: 'refuses a second proposal for another block',
    level: 'must',
    run: async (scene) => {
      const height = scene.nextHeight();
      const first = await scene.node.signProposal(scene.proposal(height));
      expectThat(first.kind === 'signed', 'a signature first', inWords(first));
      const second = await scene.node.signProposal(scene.proposal(height, { blockId: blockOf(`other ${height}`) }));
      expectThat(second.kind === 'refused', 'a refusal', inWords(second));
      return undefined;
    },
  },
  {
    title: 'goes on signing after refusals',
    level: 'must',
    run: async (scene) => {
      const answer = await scene.node.signVote(scene.vote(scene.nextHeight()));
      expectThat(answer.kind === 'signed', 'a signature', inWords(answer));
      return undefined;
    },
  },
];
