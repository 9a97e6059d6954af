/** Frames, both ways: what a peer says goes to the part that it is for, and Raft's messages go into the frames of their receivers. */

import type { Message } from 'raft-ts';
import { Frame } from '../gen/cosigner/cosigner.js';
import { decodeRaftMessage, encodeRaftMessage } from './frame-codec.js';
import type { Parts } from './parts.js';
import type { Connection, CoreOptions } from './types.js';

export interface PeerFramesDeps {
  readonly options: CoreOptions;
  readonly parts: Parts;
  isConnected(peer: string): boolean;
  /** A peer's marks are news. */
  marksTold(): void;
}

export class PeerFrames {
  readonly #f: PeerFramesDeps;

  constructor(deps: PeerFramesDeps) {
    this.#f = deps;
  }

  /** @throws Error for what cannot be read or believed; what stood before it in the frame counts */
  take(connection: Connection, bytes: Uint8Array): void {
    const { options, parts } = this.#f;
    const { fence, sessions, log, reports, desk, nonces, forwarding } = parts;
    const { peer } = connection;
    const member = options.members.find(({ name }) => name === peer);
    if (member === undefined) return;
    const frame = Frame.decode(bytes);
    if (!fence.take(connection, frame)) return;
    // First what a node waits for: a session's shares are good whatever else the frame says.
    for (const reply of frame.shareReplies) sessions.shareReplied(member, reply);
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
    const { term } = log.raft;
    if (isReply && message.term === term) frame.marks = telling.report(message.to, term, frame.marks);
  }
}
