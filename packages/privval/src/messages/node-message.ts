/**
 * What a node asks and what it is answered, as domain values: no optional parts, absences resolved as a node means them.
 *
 * An absent timestamp is year 1 (Go's zero time), an absent block id is nil, an absent vote is an empty one. Values are
 * as the node sent them; whether they can be signed is checked by `sign-checks.ts`.
 */

import type { BlockId, Timestamp } from '@quorumsign/sign-state';

/** A vote as received. Integers have the range of their protobuf type and nothing more. */
export interface NodeVote {
  /** 1 prevote, 2 precommit; anything else is refused. */
  readonly type: number;
  readonly height: bigint;
  readonly round: number;
  /** Undefined for nil. */
  readonly blockId: BlockId | undefined;
  readonly timestamp: Timestamp;
  readonly validatorAddress: Uint8Array;
  readonly validatorIndex: number;
  readonly extension: Uint8Array;
  /** CometBFT v2.0 only. */
  readonly nonRpExtension: Uint8Array;
}

/** A proposal as received. */
export interface NodeProposal {
  /** 32; anything else is refused. */
  readonly type: number;
  readonly height: bigint;
  readonly round: number;
  /** -1 for none. */
  readonly polRound: number;
  readonly blockId: BlockId | undefined;
  readonly timestamp: Timestamp;
}

export type NodeRequest =
  | { readonly kind: 'pub-key'; readonly chainId: string }
  | {
      readonly kind: 'sign-vote';
      readonly chainId: string;
      readonly vote: NodeVote;
      readonly skipExtensionSigning: boolean;
    }
  | { readonly kind: 'sign-proposal'; readonly chainId: string; readonly proposal: NodeProposal }
  | {
      readonly kind: 'sign-bytes';
      /** CometBFT v1.0: what is to be signed. Celestia: the chain id, in UTF-8. */
      readonly value: Uint8Array;
      /** Celestia only. */
      readonly rawBytes: Uint8Array;
      readonly uniqueId: string;
    }
  | { readonly kind: 'ping' }
  /** An empty message, a message from a later version, or one that only signers send. */
  | { readonly kind: 'unknown' };

/** Requests that are answered with an error of their own type. */
export type RefusableKind = 'pub-key' | 'sign-vote' | 'sign-proposal' | 'sign-bytes';

export type NodeReply =
  | { readonly kind: 'pub-key' /** 32 bytes, Ed25519. */; readonly publicKey: Uint8Array }
  | {
      readonly kind: 'signed-vote';
      readonly vote: NodeVote;
      readonly timestamp: Timestamp;
      readonly signature: Uint8Array;
      readonly extensionSignature: Uint8Array | undefined;
      /** v2.0 only. */
      readonly secondExtensionSignature: Uint8Array | undefined;
    }
  | {
      readonly kind: 'signed-proposal';
      readonly proposal: NodeProposal;
      readonly timestamp: Timestamp;
      readonly signature: Uint8Array;
    }
  | { readonly kind: 'signed-bytes'; readonly signature: Uint8Array }
  | { readonly kind: 'ping' }
  | { readonly kind: 'refused'; readonly request: RefusableKind; readonly message: string }
  /** The reference's answer to what it does not know. */
  | { readonly kind: 'empty' };
