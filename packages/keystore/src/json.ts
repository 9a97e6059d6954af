/** JSON from a file into a checked value; what is wrong is said without repeating what may be secret. */

import type { z } from 'zod';
import { KeystoreError } from './errors.js';

/** @throws KeystoreError `KEY_FILE_MALFORMED` */
export function parseJson<Schema extends z.ZodType>(file: string, bytes: Uint8Array, schema: Schema): z.infer<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The parser's own message quotes the text, which may hold the key.
    throw new KeystoreError({
      code: 'KEY_FILE_MALFORMED',
      file,
      problem: 'expected JSON, found something else or only a part of it',
    });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problem = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.code}`).join('; ');
  throw new KeystoreError({ code: 'KEY_FILE_MALFORMED', file, problem: `unexpected content (${problem})` });
}
