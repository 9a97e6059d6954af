/** A file with the state changes of this cosigner's Raft, one JSON line each, for `raft-ts/trace-check` and for reports of bugs. */

import { openSync, writeSync } from 'node:fs';
import { CliError } from './errors.js';

/**
 * Opens the file to append. Each line is with the system before this returns, so that a process that is killed has written what it did;
 * `at` is the machine's monotonic clock in nanoseconds, by which the traces of several cosigners on it are put in order.
 *
 * @param ended - told once, when a line cannot be written: the trace ends there, and signing goes on
 * @returns takes a line of the trace; never throws, for Raft is in the middle of a change when it tells of it
 * @throws CliError `FILE`
 */
export function openRaftTrace(path: string, ended: (reason: string) => void): (line: string) => void {
  let file: number | undefined;
  try {
    file = openSync(path, 'a', 0o600);
  } catch (cause) {
    const problem = `expected a file that Raft's trace can be appended to, found ${reasonOf(cause)}; check --raft-trace`;
    throw new CliError({ code: 'FILE', path, problem }, { cause });
  }
  return (line) => {
    if (file === undefined) return;
    try {
      writeSync(file, `{"at":"${process.hrtime.bigint()}",${line.slice(1)}\n`);
    } catch (error) {
      file = undefined;
      ended(reasonOf(error));
    }
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
