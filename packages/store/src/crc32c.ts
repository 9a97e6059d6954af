/** CRC32C (Castagnoli, RFC 3720 appendix B.4), chained: the checksum of a batch begins with that of the batch before it. */

const TABLE = makeTable();

/**
 * @param start - first byte; default 0
 * @param end - behind the last byte; default the length
 * @param seed - checksum so far; 0 to begin
 */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length, seed = 0): number {
  let crc = ~seed >>> 0;
  for (let i = start; i < end; i++) crc = (TABLE[(crc ^ (bytes[i] as number)) & 0xff] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function makeTable(): Uint32Array {
  const table = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    let value = i;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
    table[i] = value >>> 0;
  }
  return table;
}
