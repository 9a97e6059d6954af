/** Flags that speak to all cosigners (`VALUE`) or to one of them (`NAME=VALUE`). */

import { usageError } from '../errors.js';

export interface Target {
  /** Undefined: all cosigners. */
  readonly name: string | undefined;
  readonly value: string;
}

/** @throws CliError `USAGE` for a name that is no cosigner's */
export function splitTarget(text: string, names: readonly string[], flag: string): Target {
  const match = /^([A-Za-z0-9._-]+)=(.*)$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return { name: undefined, value: text };
  if (names.includes(match[1])) return { name: match[1], value: match[2] };
  throw usageError(`${flag}: expected one of the cosigners (${names.join(', ')}) before "=", found ${match[1]}`);
}
