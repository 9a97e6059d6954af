/** The hashes that the core is handed. */

import { createHash, createHmac } from 'node:crypto';
import type { CoreDeps } from '../core/types.js';

export const hashes: Pick<CoreDeps, 'sha256' | 'hmacSha256'> = {
  sha256: (bytes) => createHash('sha256').update(bytes).digest(),
  hmacSha256: (key, bytes) => createHmac('sha256', key).update(bytes).digest(),
};
