// The calls on one HTTP/2 connection: what came for each, and when it was over. A call that was reset may have been answered before the
// reset came, so every call is remembered until the connection ends.

import { takeFrames } from './http2.mjs';

const [DATA, HEADERS, RESET, GOAWAY] = [0, 1, 3, 7];
const END_STREAM = 1;

export class Conversation {
  #calls = new Map();
  #stray;
  goneAway = false;

  /** @param stray - told of data for a call that was never made */
  constructor(stream, stray) {
    this.stream = stream;
    this.#stray = stray;
  }

  /** @param what - the caller's, given back with the answer */
  begin(id, what) {
    this.#calls.set(id, { what, data: [], over: false });
  }

  /** Until the call is over, or the connection. @returns whether it is */
  async over(id, withinMs) {
    const isOver = () => {
      this.#read();
      return this.goneAway || this.#calls.get(id)?.over === true;
    };
    return this.stream.until(isOver, withinMs);
  }

  /** What was answered to a call, without gRPC's prefix; undefined for nothing, or half a message. */
  answer(id) {
    const { what, data } = this.#calls.get(id);
    const bytes = Buffer.concat(data);
    this.#calls.delete(id);
    const whole = bytes.length >= 5 && bytes.length === 5 + bytes.readUInt32BE(1);
    return { what, reply: whole ? bytes.subarray(5) : undefined };
  }

  /** The calls that nobody has taken the answer of. */
  get left() {
    this.#read();
    return [...this.#calls.keys()];
  }

  #read() {
    for (const { type, flags, stream, payload } of takeFrames(this.stream)) {
      if (type === GOAWAY) this.goneAway = true;
      const call = this.#calls.get(stream);
      if (type === DATA && payload.length > 0 && call === undefined) this.#stray(stream);
      if (call === undefined) continue;
      if (type === DATA) call.data.push(payload);
      if (type === RESET || (type === HEADERS && (flags & END_STREAM) !== 0)) call.over = true;
    }
  }
}
