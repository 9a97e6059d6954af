/** One holder's share of the group's secret. It prints as redacted and is wiped when destroyed. */

const REDACTED = '[signing share, redacted]';

export class SigningShare {
  readonly identifier: number;
  readonly epoch: number;
  readonly #bytes: Uint8Array;

  /** @param bytes - canonical scalar, checked by the caller; taken over, not copied */
  constructor(identifier: number, epoch: number, bytes: Uint8Array) {
    this.identifier = identifier;
    this.epoch = epoch;
    this.#bytes = bytes;
  }

  /** The secret scalar, 32 bytes little-endian: a copy, to be wiped by whoever asked. */
  exportBytes(): Uint8Array {
    return this.#bytes.slice();
  }

  /** Lets `use` see the secret without a copy. */
  reveal<T>(use: (bytes: Uint8Array) => T): T {
    return use(this.#bytes);
  }

  destroy(): void {
    this.#bytes.fill(0);
  }

  toJSON(): string {
    return REDACTED;
  }

  toString(): string {
    return REDACTED;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}
