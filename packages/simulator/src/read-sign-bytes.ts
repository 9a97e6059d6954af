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

const STEP_OF_TYPE: ReadonlyMap<bigint, 1 | 2 | 3> = new Map([
  [32n, 1],
  [1n, 2],
  [2n, 3],
]);

/** @returns undefined for anything that is not one of the three */
export function readSignBytes(bytes: Uint8Array): ReadSignBytes | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; at < bytes.length; shift += 7n) {
      const byte = bytes[at++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  if (varint() !== BigInt(bytes.length - at)) return undefined;
  let [height, round] = [0n, 0n];
  let type: bigint | undefined;
  const texts = new Map<number, Uint8Array>();
  const fields: { readonly field: number; readonly start: number; readonly end: number }[] = [];
  while (at < bytes.length) {
    const start = at;
    const tag = Number(varint());
    const [field, wire] = [tag >> 3, tag & 7];
    if (wire === 0) {
      const value = varint();
      if (field === 1) type = value;
    } else if (wire === 1) {
      if (at + 8 > bytes.length) return undefined;
      const value = view.getBigInt64(at, true);
      at += 8;
      if (field === 2) height = value;
      if (field === 3) round = value;
    } else if (wire === 2) {
      const length = Number(varint());
      texts.set(field, bytes.subarray(at, at + length));
      at += length;
    } else return undefined;
    fields.push({ field, start, end: at });
  }
  const text = (field: number) => Buffer.from(texts.get(field) ?? new Uint8Array()).toString();
  const content = (timeField: number) =>
    fields
      .filter(({ field }) => field !== timeField)
      .map(({ start, end }) => Buffer.from(bytes.subarray(start, end)).toString('hex'))
      .join();
  if (type === undefined) {
    return {
      chainId: text(4),
      height,
      round,
      step: 3,
      isExtension: true,
      isNil: false,
      get content() {
        return content(0);
      },
    };
  }
  const step = STEP_OF_TYPE.get(type);
  if (step === undefined) return undefined;
  const isProposal = step === 1;
  return {
    chainId: text(isProposal ? 7 : 6),
    get content() {
      return content(isProposal ? 6 : 5);
    },
    height,
    round,
    step,
    isExtension: false,
    isNil: !isProposal && !texts.has(4),
  };
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
