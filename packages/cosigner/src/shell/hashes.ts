/** The hashes that the core is handed. */

import { createHash, createHmac } from 'node:crypto';
import { bytesToHex } from '../core/bytes.js';
import { storeName } from '../core/own-store.js';
import type { CoreDeps } from '../core/types.js';

export const hashes: Pick<CoreDeps, 'sha256' | 'hmacSha256'> = {
  sha256: (bytes) => createHash('sha256').update(bytes).digest(),
  hmacSha256: (key, bytes) => createHmac('sha256', key).update(bytes).digest(),
};

/** By what the others know a store, in hexadecimal; the store id itself is for its cosigner alone. */
export function publicStoreName(storeId: string): string {
  return bytesToHex(storeName(Buffer.from(storeId, 'hex'), hashes.hmacSha256));
}
