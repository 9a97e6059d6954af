/**
 * Height, round, step and chain of sign bytes, read by the wire alone: the checkers trust no code that they check.
 *
 * Canonical votes, proposals and vote extensions as CometBFT 0.38 and 1.0 define them (proto/tendermint/types/canonical.proto),
 * each behind its length.
 */

export interface ReadSignBytes {
  readonly chainId: string;
  readonly height: bigint;
  readonly round: bigint;
  /** 1 proposal, 2 prevote, 3 precommit, as they follow one another within a round; an extension has that of its precommit. */
  readonly step: 1 | 2 | 3;
  readonly isExtension: boolean;
  readonly isNil: boolean;
  /** Everything but the time: equal for messages that differ in nothing else. */
  readonly content: string;
}

const STEP_OF_TYPE: ReadonlyMap<number, 1 | 2 | 3> = new Map([
  [32, 1],
  [1, 2],
  [2, 3],
]);

/** @returns undefined for anything that is not one of the three */
export function readSignBytes(bytes: Uint8Array): ReadSignBytes | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  // Above 2^53 a number is no longer exact; nothing that large is a length, a tag or a type.
  const varint = () => {
    let value = 0;
    for (let unit = 1; at < bytes.length; unit *= 0x80) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) break;
    }
    return value;
  };
  const length = varint();
  if (length !== bytes.length - at) return undefined;
  let [height, round] = [0n, 0n];
  let type: number | undefined;
  const fields: Field[] = [];
  while (at < bytes.length) {
    const start = at;
    const tag = varint();
    const [field, wire] = [tag >> 3, tag & 7];
    let valueAt = at;
    if (wire === 0) {
      const value = varint();
      if (field === 1) type = value;
    } else if (wire === 1) {
      if (at + 8 > bytes.length) return undefined;
      if (field === 2) height = view.getBigInt64(at, true);
      if (field === 3) round = view.getBigInt64(at, true);
      at += 8;
    } else if (wire === 2) {
      const size = varint();
      valueAt = at;
      at += size;
    } else return undefined;
    fields.push({ field, wire, start, valueAt, end: at });
  }
  const step = type === undefined ? 3 : STEP_OF_TYPE.get(type);
  return step === undefined
    ? undefined
    : new Read({ bytes, fields, height, round, step, isExtension: type === undefined });
}

interface Field {
  readonly field: number;
  readonly wire: number;
  readonly start: number;
  /** Behind the tag, and the length where there is one. */
  readonly valueAt: number;
  readonly end: number;
}

class Read implements ReadSignBytes {
  readonly chainId: string;
  readonly height: bigint;
  readonly round: bigint;
  readonly step: 1 | 2 | 3;
  readonly isExtension: boolean;
  readonly isNil: boolean;
  readonly #bytes: Uint8Array;
  readonly #fields: readonly Field[];
  readonly #timeField: number;

  constructor(read: {
    readonly bytes: Uint8Array;
    readonly fields: readonly Field[];
    readonly height: bigint;
    readonly round: bigint;
    readonly step: 1 | 2 | 3;
    readonly isExtension: boolean;
  }) {
    const { bytes, fields, height, round, step, isExtension } = read;
    this.#bytes = bytes;
    this.#fields = fields;
    const isProposal = step === 1;
    this.#timeField = isExtension ? 0 : isProposal ? 6 : 5;
    this.chainId = this.#text(isExtension ? 4 : isProposal ? 7 : 6);
    this.height = height;
    this.round = round;
    this.step = step;
    this.isExtension = isExtension;
    this.isNil = !isExtension && !isProposal && this.#bytesField(4) === undefined;
  }

  get content(): string {
    return this.#fields
      .filter(({ field }) => field !== this.#timeField)
      .map(({ start, end }) => Buffer.from(this.#bytes.subarray(start, end)).toString('hex'))
      .join();
  }

  #text(field: number): string {
    const found = this.#bytesField(field);
    if (found === undefined) return '';
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength).toString(
      'utf8',
      found.valueAt,
      found.end,
    );
  }

  #bytesField(field: number): Field | undefined {
    return this.#fields.findLast((each) => each.field === field && each.wire === 2);
  }
}

export type Place = Pick<ReadSignBytes, 'height' | 'round' | 'step'>;

/** Negative when `a` comes before `b`. */
export function comparePlaces(a: Place, b: Place): number {
  if (a.height !== b.height) return a.height < b.height ? -1 : 1;
  if (a.round !== b.round) return a.round < b.round ? -1 : 1;
  return a.step - b.step;
}

export function placeKey({ chainId, height, round, step }: Place & { readonly chainId: string }): string {
  return `${chainId} ${height}/${round}/${step}`;
}
