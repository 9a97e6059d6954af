/** What goes into the cosigner core and what comes out: plain data, so that a shell or a simulator can drive it. */

import type { Frost, GroupPublic, SigningShare } from '@quorumsign/frost';
import type {
  MarkRecord,
  ParsedSignBytes,
  RawBytesKind,
  RawBytesPolicy,
  Step,
  Timestamp,
} from '@quorumsign/sign-state';
import type { Raft, RaftOptions, RestoredState, Role } from 'raft-ts';
import type { Position } from '../gen/cosigner/cosigner.js';
import type { Epoch } from './epochs/epoch-change.js';
import type { ChainLimits } from './limits.js';
import type { CoreRecord } from './log-records.js';

export interface CoreMember {
  readonly name: string;
  /** FROST identifier, 1 to n. */
  readonly identifier: number;
}

export interface CoreChain {
  readonly chainId: string;
  readonly group: GroupPublic;
  readonly share: SigningShare;
  readonly limits: ChainLimits;
  /** Which bytes without height, round and step are signed, if any. */
  readonly rawBytes: RawBytesPolicy;
}

export interface CoreOptions {
  /** Which sharing of the keys `chains` are of. */
  readonly epoch: Epoch;
  /** This cosigner's name; one of `members`. */
  readonly name: string;
  readonly members: readonly CoreMember[];
  /** Above half of the members. */
  readonly threshold: number;
  readonly chains: readonly CoreChain[];
  /** Milliseconds that a request is held before it is given up; default 2500. */
  readonly deadlineMs: number;
  /** Milliseconds between calls of `tick`; Raft's timeouts are counted in these. */
  readonly tickMs: number;
  readonly heartbeatMs: number;
  readonly electionMs: number;
  /** Committed entries that make compaction of the log due; default 4096, at least 16. */
  readonly compactAfterEntries?: number;
  /** Nonce pairs kept ready for each signer set while leading; a quarter of it otherwise, for the day it leads. Default 16. */
  readonly noncesReady?: number;
}

/** Makes the Raft member that the core drives. */
export type RaftFactory = (options: RaftOptions, restored: RestoredState) => Raft;

/** Where the store stands that the core's records go to. */
export interface StorePosition {
  /** 16 random bytes, made with the store and known to its cosigner alone. */
  readonly id: Uint8Array;
  /** Synced batches that were found at the start of this process. */
  readonly recovered: bigint;
  /** Synced batches now; never falls. */
  batches(): bigint;
}

/** Everything from outside that the core may use. All synchronous. */
export interface CoreDeps {
  readonly store: StorePosition;
  /** 16 random bytes, drawn for this process. */
  readonly bootId: Uint8Array;
  readonly frost: Frost;
  /** `createRaft` of raft-ts; another one where safety is shown not to rest on it. */
  readonly createRaft: RaftFactory;
  /** Native Ed25519 verification, independent of `frost`. */
  verify(groupKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  sha256(bytes: Uint8Array): Uint8Array;
  hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array;
  /** Cryptographic random bytes. */
  randomBytes(length: number): Uint8Array;
  /** Uniform in [0, bound). */
  randomInteger(bound: number): number;
  /** Never goes back. */
  monotonicMs(): number;
  /** Wall clock, for the time stored beside a mark. */
  wallMs(): number;
  readonly effects: Effects;
}

/**
 * What the shell performs, in the order of the calls. The core itself holds back whatever must wait for a sync: it sends and answers
 * only what is durable.
 */
export interface Effects {
  /** Make durable as one batch, then call `persisted(ticket)`. Batches become durable in the order of their tickets. */
  persist(ticket: bigint, records: readonly CoreRecord[]): void;
  /** Frames to one peer keep their order. @returns false when the peer is away */
  send(peer: string, frame: Uint8Array): boolean;
  /** Call `compute()` soon, after what was sent and written is under way: the curve work overlaps with disk and network. */
  wantCompute(): void;
  /** Close the nodes' connections, so that they go over to cosigners on the majority's side. */
  giveUpNodes(reason: string): void;
  /** End the process, for an operator to look at: signing with this store could sign twice. */
  stopForSafety(reason: string): void;
  event(event: CoreEvent): void;
}

/** See `SignOutcome` of @quorumsign/privval, which has the same shape. */
export type Outcome =
  | {
      readonly kind: 'signed';
      readonly signature: Uint8Array;
      readonly timestamp: Timestamp;
      readonly extensionSignature: Uint8Array | undefined;
    }
  | { readonly kind: 'denied'; readonly message: string }
  | { readonly kind: 'gave-up'; readonly reason: string };

export type RawOutcome =
  | { readonly kind: 'signed'; readonly signature: Uint8Array }
  | Exclude<Outcome, { kind: 'signed' }>;

/** Bytes without height, round and step that a node asks to have signed. */
export interface RawRequest {
  readonly chainId: string;
  readonly kind: RawBytesKind;
  readonly bytes: Uint8Array;
}

/** A connection with a peer, as the transport names it. */
export interface Connection {
  readonly peer: string;
  readonly connectionId: string;
}

/** For logs and metrics; nothing depends on them. `label`: what was being signed, a height, round and step or raw bytes. */
export type CoreEvent =
  | { readonly kind: 'role'; readonly role: string; readonly term: bigint; readonly leader: string | undefined }
  | {
      readonly kind: 'signed';
      readonly chainId: string;
      readonly hrs: string;
      readonly latencyMs: number;
      readonly step: Step;
    }
  | {
      readonly kind: 'bad-share';
      readonly chainId: string;
      readonly label: string;
      readonly culprits: readonly string[];
    }
  | { readonly kind: 'share-refused'; readonly peer: string; readonly label: string; readonly reason: string }
  | { readonly kind: 'bad-frame'; readonly peer: string; readonly reason: string }
  | { readonly kind: 'fenced'; readonly peer: string; readonly reason: string }
  | { readonly kind: 'hedged'; readonly chainId: string; readonly label: string }
  /** The key passes from one epoch to the next; `epoch`: the number of the next. */
  | { readonly kind: 'epoch'; readonly what: 'sealed' | 'unsealed' | 'begun' | 'complete'; readonly epoch: number }
  | { readonly kind: 'bad-contribution'; readonly peer: string; readonly reason: string }
  /** A peer is in another epoch, by its name; it takes no part in this one. */
  | { readonly kind: 'elsewhere'; readonly peer: string; readonly epoch: string };

/** A request as it comes in. */
export interface AskedRequest extends Pick<HeldRequest, 'id' | 'origin' | 'answer'> {
  readonly signBytes: Uint8Array;
  readonly extensionSignBytes: Uint8Array | undefined;
  readonly holdMs: number;
}

/** A node's request as the core holds it. */
export interface HeldRequest {
  readonly id: number;
  readonly message: ParsedSignBytes;
  /** The wanted vote extension's sign bytes and their SHA-256 in hexadecimal. */
  readonly extension: { readonly bytes: Uint8Array; readonly hash: string } | undefined;
  readonly arrivedMs: number;
  readonly deadlineMs: number;
  /** Undefined for a node of this cosigner; otherwise the follower that forwarded it. */
  readonly origin: (Connection & { readonly forwardId: bigint }) | undefined;
  /** Takes its one answer. */
  answer(outcome: Outcome): void;
  /** The leader it was forwarded to. */
  forwardedTo: { readonly connection: Connection; readonly term: bigint } | undefined;
}

/** What an operator sees of the core. */
export interface CoreStatus {
  readonly role: Role;
  readonly term: bigint;
  readonly leader: string | undefined;
  readonly connected: readonly string[];
  /** Connected, and refused because their stores are older than they were. */
  readonly fenced: readonly string[];
  /** Where this cosigner's store stands, as the others are told. */
  readonly position: Position;
  /** With a new store it takes no part until enough of the others were heard. */
  readonly isJoining: boolean;
  readonly hasLeader: boolean;
  readonly held: number;
  readonly nonces: number;
  readonly chains: readonly {
    readonly chainId: string;
    readonly mark: MarkRecord | undefined;
    readonly nonces: number;
  }[];
}
