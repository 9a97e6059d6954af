/** What no correct node asks: refused in-band where it can be read, the end of the connection where it cannot. */

import type { RequestFault, TestVote } from '@quorumsign/privval';
import { type Check, expectThat } from '../check.js';
import { inWords } from '../scene.js';

function refused(title: string, over: Partial<TestVote>, options: { chainId?: string } = {}): Check {
  return {
    title,
    level: 'should',
    run: async (scene) => {
      const answer = await scene.node.signVote(scene.vote(scene.nextHeight(), over), options);
      expectThat(answer.kind === 'refused', 'a refusal', inWords(answer));
      return answer.kind === 'refused' ? answer.description.slice(0, 70) : undefined;
    },
  };
}

function survived(title: string, fault: RequestFault, tcpOnly = false): Check {
  return {
    title,
    level: 'should',
    tcpOnly,
    run: async (scene) => {
      scene.node.failNextRequest(fault);
      const answer = await scene.node.signVote(scene.vote(scene.nextHeight()));
      expectThat(answer.kind === 'signed', 'a signature at the next try', inWords(answer));
      return undefined;
    },
  };
}

const HASH_OF_31 = { hash: Buffer.alloc(31, 1), partSetTotal: 1, partSetHash: Buffer.alloc(32, 2) };

export const BAD_INPUT: readonly Check[] = [
  refused('refuses a vote of another chain in-band', {}, { chainId: 'another-chain' }),
  refused('refuses a hash of 31 bytes', { blockId: HASH_OF_31 }),
  refused('refuses a negative round', { round: -1 }),
  {
    title: 'refuses raw bytes, which could be those of any vote',
    level: 'should',
    run: async ({ node }) => {
      // Message { 9: SignBytesRequest { 1: "x" } }: an error (52 .. 12), or an empty message from those that do not know it.
      const found = Buffer.from(await node.exchange(Buffer.from('4a030a0178', 'hex'))).toString('hex');
      expectThat(found === '' || /^52[0-9a-f]{2,4}12/.test(found), 'a refusal', found);
      return undefined;
    },
  },
  survived('survives a node that closes before the answer', 'close-after-request'),
  survived('ends a connection whose message is no protobuf, and serves the next', 'broken-protobuf'),
  survived('refuses a message of 256 MiB without waiting for it', 'oversize-request'),
  survived('refuses a message that was altered on its way', 'altered-request', true),
];
