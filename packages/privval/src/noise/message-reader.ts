/** Noise messages on a byte stream: two bytes of length, big-endian, then that many bytes. */

export const LENGTH_BYTES = 2;
export const MESSAGE_BYTES_MAX = 65_535;

export class MessageReader {
  #pending: Buffer = Buffer.alloc(0);

  push(chunk: Uint8Array): void {
    this.#pending = this.#pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#pending, chunk]);
  }

  /** The next whole message, or undefined. */
  next(): Buffer | undefined {
    if (this.#pending.length < LENGTH_BYTES) return undefined;
    const end = LENGTH_BYTES + this.#pending.readUInt16BE(0);
    if (this.#pending.length < end) return undefined;
    const message = this.#pending.subarray(LENGTH_BYTES, end);
    this.#pending = this.#pending.subarray(end);
    return message;
  }
}

/** @param message - at most 65535 bytes */
export function frameMessage(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(LENGTH_BYTES + message.length);
  framed.writeUInt16BE(message.length, 0);
  framed.set(message, LENGTH_BYTES);
  return framed;
}
