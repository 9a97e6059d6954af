/** What a node does with signatures that it was given: it verifies them, and panics on one too many or one too few. */

import { verify } from 'node:crypto';
import { extensionSignBytes, type SignedReply, type TestVote } from './node-messages.js';
import { publicKey } from './signer-link.js';
import { TestNodeError } from './test-node-error.js';

/** `celestia`: Celestia's fork of 0.38. */
export type TestNodeFamily = '0.34' | '0.38' | '1.0' | '2.0' | 'celestia';

/** 1.0 and what came of it: another form of the public key, SignBytes, and extensions that can be left out by request. */
export function isFamilyOf1(family: TestNodeFamily): boolean {
  return family === '1.0' || family === '2.0';
}

/** @throws TestNodeError `SIGNATURE_INVALID` */
export function assertVerifies(key: Uint8Array, signBytes: Uint8Array, signature: Uint8Array): void {
  if (!verify(null, signBytes, publicKey('Ed25519', key), signature)) {
    throw new TestNodeError('SIGNATURE_INVALID', 'the signature does not verify over what the node would check');
  }
}

/**
 * The extension signatures of a vote, where the node's family knows extensions; 2.0 wants two, the second over the bytes of the second
 * extension as they are.
 *
 * @throws TestNodeError `NODE_PANIC`, `SIGNATURE_INVALID`
 */
export function assertExtensions(
  vote: TestVote,
  reply: SignedReply,
  node: { family: TestNodeFamily; extensionsEnabled: boolean; chainId: string; key: Uint8Array },
): void {
  const { family, extensionsEnabled, chainId, key } = node;
  if (family === '0.34') return;
  const wanted = [{ signature: reply.extensionSignature, signBytes: extensionSignBytes(vote, chainId) }];
  if (family === '2.0') {
    wanted.push({
      signature: reply.secondExtensionSignature,
      signBytes: Buffer.from(vote.secondExtension ?? new Uint8Array(0)),
    });
  }
  const extensible = vote.type === 'precommit' && vote.blockId !== undefined;
  for (const { signature, signBytes } of wanted) {
    const present = signature.length > 0;
    if (present && !extensible) throw new TestNodeError('NODE_PANIC', 'an extension signature that is not expected');
    if (!extensionsEnabled) continue;
    if (extensible && !present) throw new TestNodeError('NODE_PANIC', 'no extension signature');
    if (present) assertVerifies(key, signBytes, signature);
  }
}
