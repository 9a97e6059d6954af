/** Rule 6: an answered signature verifies, and nobody is ever answered with other bytes for that height, round and step. */

import { type Checker, type Happening, Violation } from '../happenings.js';
import { placeKey, type ReadSignBytes, readSignBytes } from '../read-sign-bytes.js';
import { withTime } from '../votes.js';
import { hex } from '../watched-frost.js';
import type { VerifySignature } from './index.js';

export class AnswersAgree implements Checker {
  readonly #verify: VerifySignature;
  readonly #signed = new Map<string, string>();

  constructor(verify: VerifySignature) {
    this.#verify = verify;
  }

  observe(happening: Happening): void {
    if (happening.kind !== 'answered' || happening.outcome.kind !== 'signed') return;
    const { message, extension, outcome, cosigner } = happening;
    const read = readSignBytes(message);
    if (read === undefined) throw new Violation('nothing but votes is signed', hex(message));
    const place = placeKey(read);
    const signed = withTime(message, outcome.timestamp);
    this.#assertSignature(read, signed, outcome.signature, cosigner);
    if (extension !== undefined)
      this.#assertSignature(read, extension, outcome.extensionSignature ?? new Uint8Array(), cosigner);
    const before = this.#signed.get(place);
    if (before !== undefined && before !== hex(signed))
      throw new Violation('answers agree', `other bytes were answered before at ${place}`);
    this.#signed.set(place, hex(signed));
  }

  #assertSignature(read: ReadSignBytes, message: Uint8Array, signature: Uint8Array, cosigner: string): void {
    if (!this.#verify(read.chainId, message, signature))
      throw new Violation('answered signatures verify', `${cosigner} at ${placeKey(read)}`);
  }
}
