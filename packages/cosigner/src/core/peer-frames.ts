/**
 * Frames, both ways: what a peer says goes to the part that it is for, and Raft's messages go into the frames of their receivers.
 *
 * What a node waits for comes first: a session's shares are good whatever else their frame says. When they have answered a node,
 * the rest of the frame waits until the answer is gone, as if it had come a moment later, and before any other frame.
 */

import { equalBytes } from '@quorumsign/sign-state';
import type { Message } from 'raft-ts';
import { Frame } from '../gen/cosigner/cosigner.js';
import { bytesToHex, hexToBytes } from './bytes.js';
import { decodeRaftMessage, encodeRaftMessage } from './frame-codec.js';
import type { Parts } from './parts.js';
import type { Connection, CoreDeps, CoreMember, CoreOptions } from './types.js';

/** Requests and replies in one frame: many times those of one step, and few enough to be taken in milliseconds. */
const ITEMS_MAX = 4096;

export interface PeerFramesDeps {
  readonly options: CoreOptions;
  readonly effects: CoreDeps['effects'];
  readonly parts: Parts;
  isConnected(peer: string): boolean;
  isConnection(connection: Connection): boolean;
  /** A peer signs in another epoch: it is no peer of this one. */
  isElsewhere(connection: Connection): void;
  /** A peer's marks are news. */
  marksTold(): void;
}

export class PeerFrames {
  readonly #f: PeerFramesDeps;
  readonly #epoch: Uint8Array;
  #rest: (() => void) | undefined;

  constructor(deps: PeerFramesDeps) {
    this.#f = deps;
    this.#epoch = hexToBytes(deps.options.epoch.name);
  }

  /** What cannot be read or believed is dropped with what comes behind it; what stood before it in the frame counts. */
  take(connection: Connection, bytes: Uint8Array): void {
    this.takeRest();
    const { options, parts } = this.#f;
    const member = options.members.find(({ name }) => name === connection.peer);
    if (member === undefined) return;
    this.#guard(connection, () => {
      const frame = Frame.decode(bytes);
      if (!equalBytes(frame.epoch, this.#epoch)) {
        this.#f.isElsewhere(connection);
        this.#f.effects.event({ kind: 'elsewhere', peer: connection.peer, epoch: bytesToHex(frame.epoch) });
        return;
      }
      assertBounded(frame);
      if (!parts.fence.take(connection, frame)) return;
      const answersBefore = parts.requests.answered;
      for (const reply of frame.shareReplies) parts.sessions.shareReplied(member, reply);
      if (parts.requests.answered === answersBefore) this.#takeBehindShares(connection, member, frame);
      else this.#rest = () => this.#guard(connection, () => this.#takeBehindShares(connection, member, frame));
    });
  }

  get hasRest(): boolean {
    return this.#rest !== undefined;
  }

  takeRest(): void {
    const rest = this.#rest;
    this.#rest = undefined;
    rest?.();
  }

  /** A peer's lie is dropped with the rest of its frame, also one that only Raft notices. What this code rules out ends the process. */
  #guard(connection: Connection, take: () => void): void {
    if (!this.#f.isConnection(connection) && !this.#f.parts.fence.isOutside(connection)) return;
    try {
      take();
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('impossible')) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      this.#f.effects.event({ kind: 'bad-frame', peer: connection.peer, reason });
    }
  }

  #takeBehindShares(connection: Connection, member: CoreMember, frame: Frame): void {
    const { options, parts } = this.#f;
    const { sessions, log, reports, desk, nonces, forwarding } = parts;
    const { peer } = connection;
    for (const wire of frame.raft) {
      const message = decodeRaftMessage(wire, peer, options.name);
      if (message !== undefined) log.step(message);
    }
    log.drain();
    if (frame.marks !== undefined && reports.merge(peer, frame.marks)) this.#f.marksTold();
    desk.retryEarly();
    for (const request of frame.shareRequests) desk.asked(connection, request);
    for (const request of frame.rawShareRequests) desk.askedRaw(connection, request);
    for (const batch of frame.nonceBatches) nonces.published(connection, member, batch, sessions.waitsForNonces());
    for (const request of frame.nonceRequests) nonces.requested(connection, request);
    for (const request of frame.forwardRequests) forwarding.asked(connection, request);
    for (const reply of frame.forwardReplies) forwarding.answered(connection, reply);
    for (const id of frame.forwardWithdrawn) forwarding.withdrawn(connection, id);
  }

  /** Puts a Raft message into its frame; votes and acknowledgements of this term carry the marks. */
  post(message: Message): void {
    if (!this.#f.isConnected(message.to)) return;
    const { outbox, telling, log } = this.#f.parts;
    const mayWait =
      message.type === 'append' ||
      message.type === 'heartbeat' ||
      message.type === 'heartbeat-reply' ||
      (message.type === 'append-reply' && message.accepted);
    const frame = mayWait ? outbox.frame(message.to) : outbox.urgentFrame(message.to);
    frame.raft.push(encodeRaftMessage(message));
    const isReply = message.type === 'vote-reply' || message.type === 'append-reply';
    const { term } = log.current;
    if (isReply && message.term === term) frame.marks = telling.report(message.to, term, frame.marks);
  }
}

/** A short item of a frame costs its sender two bytes, and this process the work and the answer. @throws Error */
function assertBounded(frame: Frame): void {
  const { shareRequests, shareReplies, rawShareRequests, nonceRequests, nonceBatches } = frame;
  const { forwardRequests, forwardReplies, forwardWithdrawn } = frame;
  const lists = [shareRequests, shareReplies, rawShareRequests, nonceRequests, nonceBatches];
  const longest = Math.max(
    ...[...lists, forwardRequests, forwardReplies, forwardWithdrawn].map(({ length }) => length),
  );
  if (longest > ITEMS_MAX)
    throw new Error(`expected at most ${ITEMS_MAX} requests or replies of a kind, found ${longest}`);
}
