/**
 * What can never be signed, and the canonical sign bytes of what may be (protocol notes, sections 3.3 and 4).
 *
 * These refusals need no state and are the same on every cosigner: another chain, another type, values outside their
 * range, hashes of odd length, an extension where none belongs. The rule against double signing is not here but behind
 * the backend. A refusal is final for the node, so nothing is refused here that a correct node could ask.
 */

import {
  encodeExtensionSignBytes,
  encodeProposalSignBytes,
  encodeVoteSignBytes,
  SignBytesError,
} from '@quorumsign/sign-state';
import type { NodeProposal, NodeVote } from '../messages/node-message.js';
import type { SignRequest } from '../signer-backend.js';

const TYPE_PREVOTE = 1;
const TYPE_PRECOMMIT = 2;
const TYPE_PROPOSAL = 32;
/** CometBFT `MaxVoteExtensionSize`. */
export const EXTENSION_BYTES_MAX = 1024 * 1024;
/** Addresses are 20 bytes; a longer one would only be there to make our reply too long for the node. */
const VALIDATOR_ADDRESS_BYTES_MAX = 20;

/**
 * Whether to sign vote extensions. `when-wanted`: that of every non-nil precommit, unless the node says to skip it; safe
 * for every version. `never`: saves a signature per height on chains without extensions; nodes v0.38.0 to v0.38.10 panic.
 */
export type SignExtensions = 'when-wanted' | 'never';

export type CheckedRequest =
  | { readonly kind: 'accepted'; readonly signRequest: SignRequest }
  | { readonly kind: 'refused'; readonly message: string };

/** Checks a vote and encodes what is to be signed. */
export function checkVote(
  vote: NodeVote,
  options: { chainId: string; signExtensions: SignExtensions; skipExtensionSigning: boolean; secondExtension: boolean },
): CheckedRequest {
  const { type, height, round, blockId, timestamp, extension } = vote;
  if (type !== TYPE_PREVOTE && type !== TYPE_PRECOMMIT) {
    return refused(`vote type must be 1 (prevote) or 2 (precommit), found ${type}`);
  }
  const extensible = type === TYPE_PRECOMMIT && blockId !== undefined;
  if (extension.length > 0 && !extensible) {
    return refused('a vote extension may only come with a precommit for a block');
  }
  if (extension.length > EXTENSION_BYTES_MAX) {
    return refused(`vote extension must be at most ${EXTENSION_BYTES_MAX} bytes, found ${extension.length}`);
  }
  if (vote.nonRpExtension.length > 0 && !(options.secondExtension && extensible)) {
    return refused('non-replay-protected vote extensions are not signed: their bytes could be those of any vote');
  }
  if (vote.validatorAddress.length > VALIDATOR_ADDRESS_BYTES_MAX) {
    return refused(`validator address must be at most 20 bytes, found ${vote.validatorAddress.length}`);
  }
  const { chainId } = options;
  const extensionWanted = extensible && options.signExtensions === 'when-wanted' && !options.skipExtensionSigning;
  return encodeOrRefuse(() => ({
    chainId,
    signBytes: encodeVoteSignBytes({
      type: type === TYPE_PREVOTE ? 'prevote' : 'precommit',
      height,
      round,
      blockId,
      timestamp,
      chainId,
    }),
    extensionSignBytes: extensionWanted ? encodeExtensionSignBytes({ height, round, chainId, extension }) : undefined,
  }));
}

/** Checks a proposal and encodes what is to be signed. */
export function checkProposal(proposal: NodeProposal, options: { chainId: string }): CheckedRequest {
  const { type, height, round, polRound, blockId, timestamp } = proposal;
  if (type !== TYPE_PROPOSAL) return refused(`proposal type must be 32, found ${type}`);
  const { chainId } = options;
  return encodeOrRefuse(() => ({
    chainId,
    signBytes: encodeProposalSignBytes({ height, round, polRound, blockId, timestamp, chainId }),
    extensionSignBytes: undefined,
  }));
}

/** The encoder checks every range; what it cannot encode cannot be signed by anybody. */
function encodeOrRefuse(encode: () => SignRequest): CheckedRequest {
  try {
    return { kind: 'accepted', signRequest: encode() };
  } catch (error) {
    if (error instanceof SignBytesError) return refused(error.message);
    throw error;
  }
}

function refused(message: string): CheckedRequest {
  return { kind: 'refused', message };
}
