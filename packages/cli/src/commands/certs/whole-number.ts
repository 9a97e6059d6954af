/** Numbers on the command line: digits only, so that `1e3`, `0x10` and blanks are not taken for something else. */

import { usageError } from '../../errors.js';

/** @returns undefined where the flag was not given. @throws CliError `USAGE` */
export function wholeNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[0-9]{1,9}$/.test(text)) return Number(text);
  throw usageError(`${flag}: expected a whole number, found ${JSON.stringify(text)}`);
}
