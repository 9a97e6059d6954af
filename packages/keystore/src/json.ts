/**
 * JSON from a file into a checked value. What is wrong is said field by field, with what was expected there, and without repeating what
 * stands there: it may be secret. Every schema carries its own words, which begin with "expected".
 */

import { z } from 'zod';
import { KeystoreError } from './errors.js';

/** A field of every entry of a long list may be wrong; a reader needs the first few. */
const ISSUES_MAX = 8;

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
  const { issues } = parsed.error;
  const more = issues.length > ISSUES_MAX ? [`${issues.length - ISSUES_MAX} more`] : [];
  const problem = [...issues.slice(0, ISSUES_MAX).map((issue) => inWords(issue, value)), ...more].join('; ');
  throw new KeystoreError({ code: 'KEY_FILE_MALFORMED', file, problem });
}

/** An object with these fields and no others. */
export function fields<Shape extends z.ZodRawShape>(shape: Shape) {
  const names = Object.keys(shape).join(', ');
  const error = ({ code }: { readonly code: string }): string =>
    code === 'unrecognized_keys' ? `expected no fields but ${names}` : `expected an object of ${names}`;
  return z.strictObject(shape, { error });
}

export function wholeNumber(min: number, max: number = Number.MAX_SAFE_INTEGER) {
  const upTo = max === Number.MAX_SAFE_INTEGER ? '' : ` to ${max}`;
  const expected = `expected a whole number from ${min}${upTo}`;
  return z.int(expected).min(min, expected).max(max, expected);
}

export function shortText(min: number, max: number) {
  const expected = `expected a text of ${min} to ${max} characters`;
  return z.string(expected).min(min, expected).max(max, expected);
}

function inWords(issue: z.core.$ZodIssue, root: unknown): string {
  // Names of fields that the schema knows, and places in lists: nothing of the file's own.
  const where = issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  return `${where}${issue.message}, found ${foundAt(issue, root)}`;
}

function foundAt(issue: z.core.$ZodIssue, root: unknown): string {
  let value = root;
  for (const key of issue.path) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  }
  if (value === undefined) return 'none';
  if (issue.code === 'unrecognized_keys') return 'others';
  // A number that is not whole is of the wrong type too, and "found a number" would not say why.
  if (issue.code !== 'invalid_type' || issue.expected === 'int') return 'something else';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
