/**
 * Rule 8: a refusal is final for a node, so it is given only where no signature can follow: other data was signed at that place or any
 * data above it, or the marks of n − t + 1 cosigners on disk rule out the message and each that would answer the node in its place.
 */

import { type Checker, type Happening, Violation } from '../happenings.js';
import type { Plan } from '../plan.js';
import { comparePlaces, placeKey, type ReadSignBytes, readSignBytes } from '../read-sign-bytes.js';
import { hex } from '../watched-frost.js';
import type { DurableMark, DurableMarks } from './durable-marks.js';
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
    const rulesOut = (other: ReadSignBytes) => {
      const order = comparePlaces(other, read);
      return order > 0 || (order === 0 && other.content !== read.content);
    };
    if (this.#signed.get(read.chainId)?.some(rulesOut)) return;
    const { members, threshold } = this.#epochs.of(cosigner);
    const marks = members.map((name) => this.#marks.of(name).get(read.chainId));
    for (const variant of [message, ...variantsAmong(marks, read)]) {
      const against = marks.filter((mark) => {
        const order = mark === undefined ? -1 : comparePlaces(mark, read);
        return order > 0 || (order === 0 && !equalBytes(mark?.signBytes, variant));
      });
      if (against.length < members.length - threshold + 1)
        throw new Violation('no refusal where a signature was due', `${placeKey(read)}: ${text}`);
    }
  }
}

/** A vote that differs from what the node asked in its time only answers the node as well. What rules out the node's own bytes rules out those that no disk has. */
function variantsAmong(marks: readonly (DurableMark | undefined)[], asked: ReadSignBytes): Uint8Array[] {
  if (asked.step === 1) return [];
  return marks.flatMap((mark) => {
    if (mark?.signBytes === undefined || comparePlaces(mark, asked) !== 0) return [];
    return readSignBytes(mark.signBytes)?.content === asked.content ? [mark.signBytes] : [];
  });
}

function equalBytes(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && hex(a) === hex(b);
}
