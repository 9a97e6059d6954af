/**
 * What is on its way to the other cosigners: one frame for each, filled during a step and sent at its end.
 *
 * A frame leaves at once when a signature waits for something in it. Acknowledgements, commit indexes and entries that
 * only complete the other logs wait for such a frame, or for the next tick, so that they cost no process a wake-up of its own.
 */

import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { Frame } from '../gen/cosigner/cosigner.js';
import { emptyFrame, splitFrame } from './split-frame.js';

/** Bytes of an encoded frame; the transport takes no more. */
export const FRAME_BYTES_MAX = 4 * 1024 * 1024;

export class Outbox {
  readonly #frames = new Map<string, Frame>();
  readonly #urgent = new Set<string>();
  /** One for all frames: what is finished is a copy, and the room it was made in is used again. */
  readonly #writer = new BinaryWriter();
  readonly #epoch: Uint8Array;

  /** @param epoch - stands in every frame; empty: the first */
  constructor(epoch: Uint8Array) {
    this.#epoch = epoch;
  }

  /** The frame that is being filled for a peer. */
  frame(peer: string): Frame {
    let frame = this.#frames.get(peer);
    if (frame === undefined) {
      frame = emptyFrame();
      this.#frames.set(peer, frame);
    }
    return frame;
  }

  /** Whether something is on its way to a peer. */
  has(peer: string): boolean {
    return this.#frames.has(peer);
  }

  /** The same, and it leaves at the end of this step. */
  urgentFrame(peer: string): Frame {
    this.#urgent.add(peer);
    return this.frame(peer);
  }

  /** The connection is gone, and what was meant for it. */
  drop(peer: string): void {
    this.#frames.delete(peer);
  }

  /**
   * Sends the urgent frames, or all.
   *
   * @returns whether anything was sent, and the peers that were away: they never saw their frame, or not all of it
   */
  flush(all: boolean, send: (peer: string, bytes: Uint8Array) => boolean): { sent: boolean; away: string[] } {
    const away: string[] = [];
    let sent = false;
    for (const [peer, frame] of this.#frames) {
      if (!all && !this.#urgent.has(peer)) continue;
      this.#frames.delete(peer);
      const bytes = this.#encode(frame);
      const parts = bytes.length <= FRAME_BYTES_MAX ? [bytes] : this.#encodeParts(frame);
      // What does not fit alone was asked for by nobody honest; it is left out like what a peer that is away misses.
      const gone = parts.filter((part) => part.length <= FRAME_BYTES_MAX && send(peer, part));
      if (gone.length > 0) sent = true;
      if (gone.length < parts.length) away.push(peer);
    }
    this.#urgent.clear();
    return { sent, away };
  }

  #encodeParts(frame: Frame): Uint8Array[] {
    const sizeOf = (part: Frame) => this.#encode(part).length;
    return splitFrame(frame, FRAME_BYTES_MAX, sizeOf).map((part) => this.#encode(part));
  }

  #encode(frame: Frame): Uint8Array {
    frame.epoch = this.#epoch;
    return Frame.encode(frame, this.#writer).finish();
  }
}
