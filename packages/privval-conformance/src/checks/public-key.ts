/** The first thing that a node asks, and again after each block. */

import { type Check, expectThat } from '../check.js';
import type { Scene } from '../scene.js';

/** Message { 1: PubKeyRequest { 1: chain id } } */
function request(chainId: string): Uint8Array {
  const id = Buffer.from(chainId);
  return Buffer.concat([Buffer.of(0x0a, id.length + 2, 0x0a, id.length), id]);
}

async function reply(scene: Scene, chainId = scene.chainId): Promise<string> {
  return Buffer.from(await scene.node.exchange(request(chainId))).toString('hex');
}

export const PUBLIC_KEY: readonly Check[] = [
  {
    title: 'answers with a public key of 32 bytes, where nodes before 1.0 read it',
    level: 'must',
    run: async (scene) => {
      const found = await reply(scene);
      // PubKeyResponse, field 1: PublicKey, field 1: ed25519
      expectThat(/0a220a20[0-9a-f]{64}/.test(found), 'field 1 with an ed25519 key', found);
      return undefined;
    },
  },
  {
    title: 'answers in the fields of 1.0 as well',
    level: 'should',
    run: async (scene) => {
      const found = await reply(scene);
      expectThat(/1a20[0-9a-f]{64}220765643235353139/.test(found), 'fields 3 and 4 of PubKeyResponse', found);
      return undefined;
    },
  },
  {
    title: 'answers the same key each time',
    level: 'must',
    run: async (scene) => {
      const [first, second] = [await reply(scene), await reply(scene)];
      expectThat(first === second, 'one key', 'two');
      return undefined;
    },
  },
  {
    title: 'refuses the key of another chain in-band',
    level: 'should',
    run: async (scene) => {
      const found = await reply(scene, `not-${scene.chainId}`.slice(0, 50));
      // Message field 2, PubKeyResponse field 2: the error; before it, as Go writes it, an empty public key.
      expectThat(/^12[0-9a-f]{2,4}(0a00)?12/.test(found), 'an error', found.startsWith('12') ? 'a key' : found);
      return undefined;
    },
  },
];
