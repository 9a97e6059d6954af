/**
 * The part of node:fs that the store uses, as a parameter, so that a test can put failures under the real files.
 */
import type * as fs from 'node:fs';

/** What `node:fs` provides; `write` and `fdatasync` are the calls on the path of a signature. */
export interface NodeFileSystem {
  readonly write: (
    fd: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
    done: (error: NodeJS.ErrnoException | null, written: number) => void,
  ) => void;
  readonly fdatasync: (fd: number, done: (error: NodeJS.ErrnoException | null) => void) => void;
  readonly promises: Pick<typeof fs.promises, 'open' | 'readdir' | 'readFile' | 'rename' | 'unlink' | 'mkdir'>;
}

/** How a write is made durable: by the file's own flag, in one call, or by a second one. */
export type SyncMode = 'dsync' | 'fdatasync';
