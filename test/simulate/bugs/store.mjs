// Bugs of the store.

import { bug, STORE } from './bug.mjs';

export const STORE_BUGS = [
  bug(
    'a synced block is written again',
    [
      {
        file: `${STORE}/log-writer.ts`,
        from: 'this.#offset += paddedBytes;',
        to: 'this.#offset += paddedBytes - BLOCK_BYTES;',
      },
    ],
    { disk: 'store' },
  ),
  bug(
    'a batch counts as synced when it is written',
    [
      {
        file: `${STORE}/log-writer.ts`,
        from: 'file.writeDurably(buffer.bytes, BLOCK_BYTES, end, this.#offset, written);',
        to: 'file.writeDurably(buffer.bytes.slice(), BLOCK_BYTES, end, this.#offset, () => {});\n      queueMicrotask(() => written(undefined));',
      },
    ],
    { disk: 'store' },
  ),
  bug(
    'what a snapshot replaces is removed before the snapshot is there',
    [
      {
        file: `${STORE}/log-writer.ts`,
        from: '        this.#files.retire(this.#active);',
        to: '        this.#files.retire(this.#active);\n        this.#files.removeRetired();',
      },
    ],
    { disk: 'store' },
  ),
];
