/**
 * Rule 8: a refusal is final for a node, so it is given only where no signature can follow: other data was signed at that place or any
 * data above it, or the marks of n − t + 1 cosigners on disk rule the message out.
 */

import { type Checker, type Happening, Violation } from '../happenings.js';
import type { Plan } from '../plan.js';
import { comparePlaces, placeKey, type ReadSignBytes, readSignBytes } from '../read-sign-bytes.js';
import { hex } from '../watched-frost.js';
import type { DurableMarks } from './durable-marks.js';
import { EpochsSeen } from './epochs-seen.js';

export class RefusalsDue implements Checker {
  readonly #marks: DurableMarks;
  readonly #epochs: EpochsSeen;
  readonly #shares = new Map<string, Set<string>>();
  /** Messages with t shares: there may be a signature. By chain. */
  readonly #signed = new Map<string, ReadSignBytes[]>();

  constructor(plan: Plan, marks: DurableMarks) {
    this.#epochs = new EpochsSeen(plan);
    this.#marks = marks;
  }

  observe(happening: Happening): void {
    this.#epochs.observe(happening);
    if (happening.kind === 'share-left') this.#count(happening.cosigner, happening.message, happening.epoch);
    if (happening.kind === 'answered' && happening.outcome.kind === 'denied') {
      const { cosigner } = happening;
      this.#judge(
        cosigner,
        happening.message,
        `${happening.cosigner} to ${happening.node}: ${happening.outcome.message}`,
      );
    }
  }

  #count(cosigner: string, message: Uint8Array, epoch: number): void {
    const read = readSignBytes(message);
    if (read === undefined || read.isExtension) return;
    const key = `${epoch} ${hex(message)}`;
    const by = this.#shares.get(key) ?? new Set();
    this.#shares.set(key, by.add(cosigner));
    if (by.size !== this.#epochs.epoch(epoch).threshold) return;
    const signed = this.#signed.get(read.chainId) ?? [];
    signed.push(read);
    this.#signed.set(read.chainId, signed);
  }

  #judge(cosigner: string, message: Uint8Array, text: string): void {
    const read = readSignBytes(message);
    if (read === undefined) return;
    const rulesOut = (other: ReadSignBytes | undefined, order: number) =>
      order > 0 || (order === 0 && other?.content !== read.content);
    const signed = this.#signed.get(read.chainId) ?? [];
    if (signed.some((each) => rulesOut(each, comparePlaces(each, read)))) return;
    const { members, threshold } = this.#epochs.of(cosigner);
    const against = members.filter((name) => {
      const mark = this.#marks.of(name).get(read.chainId);
      if (mark === undefined) return false;
      return rulesOut(mark.signBytes && readSignBytes(mark.signBytes), comparePlaces(mark, read));
    });
    if (against.length < members.length - threshold + 1)
      throw new Violation('no refusal where a signature was due', `${placeKey(read)}: ${text}`);
  }
}
