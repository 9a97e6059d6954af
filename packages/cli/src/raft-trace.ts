/** A file with the state changes of this cosigner's Raft, one JSON line each, for `raft-ts/trace-check` and for reports of bugs. */

import { openSync, writeSync } from 'node:fs';

/**
 * Opens the file to append. Each line is with the system before this returns, so that a process that is killed has written what it did;
 * `at` is the machine's monotonic clock in nanoseconds, by which the traces of several cosigners on it are put in order.
 *
 * @returns takes a line of the trace
 */
export function openRaftTrace(path: string): (line: string) => void {
  const file = openSync(path, 'a', 0o600);
  return (line) => writeSync(file, `{"at":"${process.hrtime.bigint()}",${line.slice(1)}\n`);
}
