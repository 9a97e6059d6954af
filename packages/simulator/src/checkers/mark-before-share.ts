/**
 * Rule 2: before a share leaves, exactly its message was the mark on its maker's disk; for an extension its own precommit.
 *
 * By then the mark may have moved on: a process that was stopped learns of its syncs late, and a coordinator's own share is seen only
 * when it goes into the signature.
 */

import { type Checker, type Happening, Violation } from '../happenings.js';
import type { Plan } from '../plan.js';
import { comparePlaces, placeKey, type ReadSignBytes, readSignBytes } from '../read-sign-bytes.js';
import { hex } from '../watched-frost.js';
import type { DurableMark, DurableMarks } from './durable-marks.js';

export class MarkBeforeShare implements Checker {
  readonly #plan: Plan;
  readonly #marks: DurableMarks;
  /** Marks stay the same objects while they stand: most syncs move none. */
  readonly #seen = new WeakSet<DurableMark>();
  /** Every message that was a mark on disk, by cosigner. */
  readonly #marked = new Map<string, Map<string, Uint8Array>>();

  constructor(plan: Plan, marks: DurableMarks) {
    this.#plan = plan;
    this.#marks = marks;
  }

  observe(happening: Happening): void {
    if (happening.kind === 'synced' || happening.kind === 'recovered') this.#remember(happening.cosigner);
    if (happening.kind !== 'share-left' || this.#plan.faulty.includes(happening.cosigner)) return;
    const { cosigner, message } = happening;
    const read = readSignBytes(message);
    if (read === undefined) throw new Violation('nothing but votes is signed', `by ${cosigner}`);
    if (this.#wasMarked(cosigner, read, message)) return;
    const mark = this.#marks.of(cosigner).get(read.chainId);
    const found = mark === undefined ? 'no mark' : placeKey(mark);
    const what = read.isExtension ? 'an extension at ' : '';
    throw new Violation(
      'a mark on disk for every share',
      `${cosigner} signed ${what}${placeKey(read)}; on its disk: ${found}`,
    );
  }

  #wasMarked(cosigner: string, read: ReadSignBytes, message: Uint8Array): boolean {
    const marked = this.#marked.get(cosigner);
    return read.isExtension
      ? [...(marked?.values() ?? [])].some((each) => belongsTo(each, read))
      : marked?.has(hex(message)) === true;
  }

  #remember(cosigner: string): void {
    const marked = this.#marked.get(cosigner) ?? new Map<string, Uint8Array>();
    this.#marked.set(cosigner, marked);
    for (const mark of this.#marks.of(cosigner).values()) {
      if (this.#seen.has(mark)) continue;
      this.#seen.add(mark);
      const { signBytes } = mark;
      if (signBytes !== undefined) marked.set(hex(signBytes), signBytes);
    }
  }
}

/** Whether an extension is that of a marked precommit. */
function belongsTo(signBytes: Uint8Array, extension: ReadSignBytes): boolean {
  const marked = readSignBytes(signBytes);
  return (
    marked !== undefined &&
    marked.chainId === extension.chainId &&
    comparePlaces(marked, extension) === 0 &&
    !marked.isNil
  );
}
