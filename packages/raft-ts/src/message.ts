/**
 * The messages of the protocol. They are plain data; the caller brings them to their receiver, who must know for certain who sent them.
 */
import type { Entry, Snapshot } from './types.js';

interface Addressed {
  readonly from: string;
  readonly to: string;
  readonly term: bigint;
}

/**
 * Every message of the protocol. `term` is the sender's current term, except for pre-votes and for pre-vote replies that grant:
 * there it is the term asked for.
 */
export type Message =
  | (Addressed & {
      readonly type: 'pre-vote' | 'vote';
      readonly lastIndex: bigint;
      readonly lastTerm: bigint;
      /** Set when the campaign was ordered by the leader (§3.10) or the leader is known dead: freshness of the leader is no reason to refuse. */
      readonly force: boolean;
    })
  | (Addressed & {
      readonly type: 'pre-vote-reply' | 'vote-reply';
      readonly granted: boolean;
      /** Refused only: the sender's commit index, and the term there. It may be news to a candidate that the configuration has changed. */
      readonly commit?: bigint;
      readonly commitTerm?: bigint;
    })
  | (Addressed & {
      readonly type: 'append';
      readonly previousIndex: bigint;
      readonly previousTerm: bigint;
      readonly entries: readonly Entry[];
      readonly commit: bigint;
    })
  | (Addressed & {
      readonly type: 'append-reply';
      /** Accepted: the highest index known to match. Refused: the index that was probed (previousIndex). */
      readonly index: bigint;
      readonly accepted: boolean;
      /** Refused only: where the follower suggests to go on (index, and its term there), so that a term costs one round trip. */
      readonly hintIndex: bigint;
      readonly hintTerm: bigint;
    })
  | (Addressed & {
      readonly type: 'heartbeat';
      readonly commit: bigint;
      /** The newest read that an answer confirms (§6.4); absent when none waits. */
      readonly readSequence?: bigint;
    })
  | (Addressed & {
      readonly type: 'heartbeat-reply';
      /** As the heartbeat had it. */
      readonly readSequence?: bigint;
    })
  | (Addressed & { readonly type: 'snapshot'; readonly snapshot: Snapshot })
  | (Addressed & { readonly type: 'timeout-now' })
  /** A follower asks its leader for a read index; `context` comes back with the answer. */
  | (Addressed & { readonly type: 'read-index'; readonly context: string })
  | (Addressed & { readonly type: 'read-index-reply'; readonly context: string; readonly index: bigint });

export type MessageType = Message['type'];

export type VoteRequest = Extract<Message, { readonly type: 'pre-vote' | 'vote' }>;
export type VoteReply = Extract<Message, { readonly type: 'pre-vote-reply' | 'vote-reply' }>;
export type AppendMessage = Extract<Message, { readonly type: 'append' }>;
export type AppendReply = Extract<Message, { readonly type: 'append-reply' }>;
export type HeartbeatMessage = Extract<Message, { readonly type: 'heartbeat' }>;
export type SnapshotMessage = Extract<Message, { readonly type: 'snapshot' }>;
export type HeartbeatReply = Extract<Message, { readonly type: 'heartbeat-reply' }>;
export type ReadIndexMessage = Extract<Message, { readonly type: 'read-index' }>;
export type ReadIndexReply = Extract<Message, { readonly type: 'read-index-reply' }>;
