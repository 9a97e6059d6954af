/** Floors: what an operator says was signed elsewhere, up to a height, round and step. */

import { compareHrs, type MarkRecord } from '@quorumsign/sign-state';
import type { Batches } from './batches.js';
import type { MarkTelling } from './mark-telling.js';
import type { Marks } from './marks.js';

export interface FloorDeps {
  readonly marks: Marks;
  readonly batches: Batches;
  readonly telling: MarkTelling;
}

/** A mark below the floor rises to it, on disk too before a share of the chain can leave. */
export function raiseToFloor(floor: MarkRecord, { marks, batches, telling }: FloorDeps): void {
  const mark = marks.latest(floor.chainId);
  if (mark !== undefined && compareHrs(floor, mark) <= 0) return;
  marks.move(floor);
  batches.writeMark(floor);
  telling.changed(floor.chainId);
}
