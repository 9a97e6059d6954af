/**
 * The first block of a segment: whose log it is, which part of it, and what the chain of checksums was before it.
 *
 * All integers little-endian:
 *
 * ```
 *    0  magic "QSLOGSEG"                32  sequence, u64
 *    8  format version, u32             40  number of the first batch, u64
 *   12  flags, u32: bit 0 = root        48  size of the file in bytes, u64
 *   16  store id, 16 bytes              56  chain: CRC of the batch before the first, u32
 *   60  cluster: length u8, UTF-8; then cosigner in the same way; zeros
 * 4092  CRC32C of bytes 0 to 4091
 * ```
 *
 * The place of the magic, version and CRC is the same in every version, so that a newer format is told from damage. The header
 * goes to disk in one write with the segment's first batch, so that taking a new segment costs no sync of its own. A root
 * segment is one that received its name only after its snapshot was synced: one that is not intact was damaged, not torn.
 */
import { BLOCK_BYTES } from './block-directory.js';
import { crc32c } from './crc32c.js';
import type { StoreIdentity } from './durable-log.js';
import { StoreError } from './errors.js';

/** The format this release writes, and the only one it reads. */
export const FORMAT_VERSION = 1;

/** Longest cluster or cosigner name, in bytes of UTF-8. */
export const IDENTITY_BYTES_MAX = 255;

/** Length of a store id. */
export const STORE_ID_BYTES = 16;

/** The decoded first block of a segment. */
export interface SegmentHeader {
  readonly root: boolean;
  readonly storeId: Uint8Array;
  readonly sequence: number;
  readonly firstBatch: bigint;
  readonly segmentBytes: number;
  readonly chain: number;
  readonly identity: StoreIdentity;
}

/** What a first block was found to be. */
export type HeaderVerdict =
  | { readonly kind: 'intact'; readonly header: SegmentHeader }
  | { readonly kind: 'unsupported'; readonly version: number }
  | { readonly kind: 'broken'; readonly found: string };

const MAGIC = new TextEncoder().encode('QSLOGSEG');
const FLAG_ROOT = 1;
const IDENTITY_OFFSET = 60;
const CRC_OFFSET = BLOCK_BYTES - 4;

/** Writes a header into the first block of `target`, all 4096 bytes of it. */
export function encodeSegmentHeader(target: Uint8Array, header: SegmentHeader): void {
  if (header.storeId.length !== STORE_ID_BYTES) throw new RangeError(`store id of ${header.storeId.length} bytes`);
  const view = new DataView(target.buffer, target.byteOffset, BLOCK_BYTES);
  target.fill(0, 0, BLOCK_BYTES);
  target.set(MAGIC, 0);
  view.setUint32(8, FORMAT_VERSION, true);
  view.setUint32(12, header.root ? FLAG_ROOT : 0, true);
  target.set(header.storeId, 16);
  view.setBigUint64(32, BigInt(header.sequence), true);
  view.setBigUint64(40, header.firstBatch, true);
  view.setBigUint64(48, BigInt(header.segmentBytes), true);
  view.setUint32(56, header.chain, true);
  let at = IDENTITY_OFFSET;
  for (const field of ['cluster', 'cosigner'] as const) {
    const name = encodeName(field, header.identity[field]);
    target[at] = name.length;
    target.set(name, at + 1);
    at += 1 + name.length;
  }
  view.setUint32(CRC_OFFSET, crc32c(target, 0, CRC_OFFSET), true);
}

/** Judges the first block of a segment. `bytes` may be shorter than a block: then it is broken. */
export function decodeSegmentHeader(bytes: Uint8Array): HeaderVerdict {
  if (bytes.length < BLOCK_BYTES) return { kind: 'broken', found: `a file of ${bytes.length} bytes` };
  const view = new DataView(bytes.buffer, bytes.byteOffset, BLOCK_BYTES);
  if (MAGIC.some((value, index) => bytes[index] !== value)) return { kind: 'broken', found: 'other bytes' };
  if (view.getUint32(CRC_OFFSET, true) !== crc32c(bytes, 0, CRC_OFFSET)) {
    return { kind: 'broken', found: 'a header whose checksum does not match' };
  }
  const version = view.getUint32(8, true);
  if (version !== FORMAT_VERSION) return { kind: 'unsupported', version };
  const cluster = decodeName(bytes, IDENTITY_OFFSET);
  const cosigner = decodeName(bytes, cluster.end);
  const header: SegmentHeader = {
    root: (view.getUint32(12, true) & FLAG_ROOT) !== 0,
    storeId: bytes.slice(16, 16 + STORE_ID_BYTES),
    sequence: Number(view.getBigUint64(32, true)),
    firstBatch: view.getBigUint64(40, true),
    segmentBytes: Number(view.getBigUint64(48, true)),
    chain: view.getUint32(56, true),
    identity: { cluster: cluster.name, cosigner: cosigner.name },
  };
  return { kind: 'intact', header };
}

/** Refuses a cluster or cosigner name that a header cannot hold. @throws StoreError `STORE_LIMIT` */
export function checkIdentity(identity: StoreIdentity): void {
  encodeName('cluster', identity.cluster);
  encodeName('cosigner', identity.cosigner);
}

/** A store id as it is shown: lower-case hex. */
export function formatStoreId(storeId: Uint8Array): string {
  return Array.from(storeId, (value) => value.toString(16).padStart(2, '0')).join('');
}

function encodeName(what: string, name: string): Uint8Array {
  const bytes = new TextEncoder().encode(name);
  if (bytes.length === 0 || bytes.length > IDENTITY_BYTES_MAX) {
    const expected = `1 to ${IDENTITY_BYTES_MAX} bytes of UTF-8`;
    throw new StoreError({ code: 'STORE_LIMIT', what: `${what} name`, expected, found: `${bytes.length}` });
  }
  return bytes;
}

function decodeName(bytes: Uint8Array, at: number): { name: string; end: number } {
  const end = at + 1 + (bytes[at] ?? 0);
  return { name: new TextDecoder().decode(bytes.subarray(at + 1, end)), end };
}
