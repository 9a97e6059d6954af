/**
 * What the cosigners told the leader of their marks in its own term, and who is therefore willing to sign what.
 *
 * A report counts for the term in which it was made: whoever reported in term T has T on disk and takes no intent of an
 * older leader any more, so below the leader's own proposals its mark stands still. Silence counts as unwilling. Marks
 * never fall, so of two reports of one term the higher one is newer (design, section 3, 'No HRS dies').
 */

import {
  CHAIN_ID_BYTES_MAX,
  compareHrs,
  equalBytes,
  type Hrs,
  type Mark,
  type ParsedSignBytes,
  type Step,
} from '@quorumsign/sign-state';
import type { MarkReport } from '../gen/cosigner/cosigner.js';
import type { Marks } from './marks.js';

export interface KnownMark extends Mark {
  readonly durable: boolean;
}

const STEPS: readonly Step[] = ['proposal', 'prevote', 'precommit'];
const CHAINS_MAX = 1024;

export class MarkReports {
  readonly #self: string;
  readonly #own: Marks;
  #term = 0n;
  readonly #byMember = new Map<string, Map<string, KnownMark>>();

  readonly #parse: (signBytes: Uint8Array) => ParsedSignBytes;

  /**
   * @param own - this cosigner's marks, those in memory included: they need no report
   * @param parse - strict, as `parseSignBytes`
   */
  constructor(self: string, own: Marks, parse: (signBytes: Uint8Array) => ParsedSignBytes) {
    this.#self = self;
    this.#own = own;
    this.#parse = parse;
  }

  /** A new term: nothing that was said before counts. */
  begin(term: bigint): void {
    if (term === this.#term) return;
    this.#term = term;
    this.#byMember.clear();
  }

  /**
   * Takes a report from `member`'s own stream.
   *
   * @returns whether it says anything that was not known
   * @throws SignBytesError when its sign bytes are not canonical, Error when it contradicts itself: the frame is a lie or a bug
   */
  merge(member: string, report: MarkReport): boolean {
    if (report.term !== this.#term) return false;
    const known = this.#byMember.get(member);
    // A part is worth nothing before the whole: a chain that is missing would read as 'no mark'.
    if (known === undefined && !report.complete) return false;
    let isNews = known === undefined;
    const marks = known ?? new Map<string, KnownMark>();
    for (const each of report.marks) {
      const step = STEPS[each.step - 1];
      if (step === undefined) throw new Error(`expected step 1 to 3 in a mark, found ${each.step}`);
      const signBytes = each.signBytes.length === 0 ? undefined : this.#parse(each.signBytes);
      const mark: KnownMark = { height: each.height, round: each.round, step, signBytes, durable: each.durable };
      if (signBytes !== undefined && (compareHrs(signBytes, mark) !== 0 || signBytes.chainId !== each.chainId)) {
        throw new Error(
          'expected a mark that says what its sign bytes say, found another height, round, step or chain',
        );
      }
      const before = marks.get(each.chainId);
      if (before === undefined) assertBounded(marks, each.chainId);
      if (before !== undefined && compareHrs(mark, before) < 0) continue;
      marks.set(each.chainId, mark);
      isNews ||= before === undefined || !isSame(mark, before);
    }
    this.#byMember.set(member, marks);
    return isNews;
  }

  /** A share for `message` was asked of `member`: its mark is there or about to be, so nothing else is asked at or below. */
  expect(member: string, message: ParsedSignBytes): void {
    const marks = this.#byMember.get(member);
    const before = marks?.get(message.chainId);
    if (marks === undefined || (before !== undefined && compareHrs(before, message) >= 0)) return;
    const { height, round, step } = message;
    marks.set(message.chainId, { height, round, step, signBytes: message, durable: false });
  }

  /** Members that reported a mark below the message, or exactly it. */
  willing(message: ParsedSignBytes): string[] {
    return this.#members(
      (mark) => mark === undefined || compareHrs(mark, message) < 0 || isExactly(mark, message),
      message,
    );
  }

  /** Members whose mark on disk rules the message out for ever. */
  blocked(message: ParsedSignBytes): string[] {
    return this.#members(
      (mark) => mark?.durable === true && compareHrs(mark, message) >= 0 && !isExactly(mark, message),
      message,
    );
  }

  /** The messages known to be marked somewhere at this height, round and step. */
  messagesAt(chainId: string, hrs: Hrs): ParsedSignBytes[] {
    const found: ParsedSignBytes[] = [];
    for (const [, mark] of this.#marksOf(chainId)) {
      if (mark?.signBytes !== undefined && compareHrs(mark, hrs) === 0) found.push(mark.signBytes);
    }
    return found;
  }

  #members(accepts: (mark: KnownMark | undefined) => boolean, { chainId }: ParsedSignBytes): string[] {
    const members: string[] = [];
    for (const [member, mark] of this.#marksOf(chainId)) if (accepts(mark)) members.push(member);
    return members;
  }

  /** What is known of a chain: this cosigner's own mark, and those of everyone who reported in this term. */
  #marksOf(chainId: string): [string, KnownMark | undefined][] {
    const own = this.#own.latest(chainId);
    const found: [string, KnownMark | undefined][] = [
      [this.#self, own && { ...own, durable: this.#own.durable(chainId) === own }],
    ];
    for (const [member, marks] of this.#byMember) found.push([member, marks.get(chainId)]);
    return found;
  }
}

/** One report after the other must not fill memory: chains are few, and their names short. */
function assertBounded(marks: ReadonlyMap<string, KnownMark>, chainId: string): void {
  if (marks.size >= CHAINS_MAX) throw new Error(`expected marks of at most ${CHAINS_MAX} chains, found more`);
  if (chainId.length > CHAIN_ID_BYTES_MAX)
    throw new Error(`expected a chain id of at most ${CHAIN_ID_BYTES_MAX} bytes, found ${chainId.length}`);
}

function isSame(a: KnownMark, b: KnownMark): boolean {
  const isSameMessage = b.signBytes === undefined ? a.signBytes === undefined : isExactly(a, b.signBytes);
  return a.durable === b.durable && compareHrs(a, b) === 0 && isSameMessage;
}

function isExactly(mark: Mark, message: ParsedSignBytes): boolean {
  return mark.signBytes !== undefined && equalBytes(mark.signBytes.bytes, message.bytes);
}
