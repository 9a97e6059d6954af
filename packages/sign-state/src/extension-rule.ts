/** The rule for vote extensions, which have no step and no mark of their own. */

import { type ParsedSignBytes, parseExtensionSignBytes } from './sign-bytes.js';

/**
 * An extension is signed only beside the non-nil precommit that it belongs to: the same chain, height and round.
 *
 * @throws SignBytesError for bytes that are no extension's; Error with the reason for one of another vote
 */
export function assertExtensionOf(message: ParsedSignBytes, extensionSignBytes: Uint8Array): void {
  if (message.step !== 'precommit' || message.blockId === undefined)
    throw new Error('an extension of no non-nil precommit: it is signed only beside the one it belongs to');
  const { height, round, chainId } = parseExtensionSignBytes(extensionSignBytes);
  if (height !== message.height || round !== message.round || chainId !== message.chainId)
    throw new Error('an extension of another vote: it is signed only beside the precommit it belongs to');
}
