/**
 * What each peer has been told of this cosigner's marks: the whole once in a term and connection, then what changed.
 *
 * The report travels with every vote reply and append reply of the current term (design, section 3, 'No HRS dies').
 */

import { STEP_NUMBER } from '@quorumsign/sign-state';
import type { MarkReport } from '../gen/cosigner/cosigner.js';
import type { Marks } from './marks.js';

const NOTHING = new Uint8Array();

export class MarkTelling {
  readonly #marks: Marks;
  readonly #told = new Map<string, { readonly term: bigint; readonly changed: Set<string> }>();

  constructor(marks: Marks) {
    this.#marks = marks;
  }

  /** A mark moved, or its record became durable. */
  changed(chainId: string): void {
    for (const { changed } of this.#told.values()) changed.add(chainId);
  }

  /** The peer may not have seen what it was told: it is told everything again. */
  forget(peer: string): void {
    this.#told.delete(peer);
  }

  /** The report for a peer now. @param unsent - what stands in its frame already */
  report(peer: string, term: bigint, unsent: MarkReport | undefined): MarkReport {
    const before = this.#told.get(peer);
    const complete = before?.term !== term;
    const same = unsent?.term === term ? unsent : undefined;
    const marks = same?.marks ?? [];
    for (const mark of this.#marks.all()) {
      if (!complete && before?.changed.has(mark.chainId) !== true) continue;
      marks.push({
        chainId: mark.chainId,
        height: mark.height,
        round: mark.round,
        step: STEP_NUMBER[mark.step],
        signBytes: mark.signBytes?.bytes ?? NOTHING,
        durable: this.#marks.durable(mark.chainId) === mark,
      });
    }
    if (complete) this.#told.set(peer, { term, changed: new Set() });
    else before?.changed.clear();
    return { term, complete: complete || same?.complete === true, marks };
  }
}
