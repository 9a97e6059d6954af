/**
 * From the text of quorumsign.yaml to a checked configuration. Every problem is reported at once, each with file, line and
 * column, what was expected, and for an unknown key the nearest known one. Text of any kind gives problems, never a crash.
 */

import { isMap, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { CliError } from '../errors.js';
import { checkConfig } from './check-config.js';
import { knownKeysAt } from './known-keys.js';
import { nearestWord } from './nearest-word.js';
import { type Config, configSchema } from './schema.js';

/** Longest file; ours is about 2 KiB. */
export const CONFIG_BYTES_MAX = 256 * 1024;

type Document = ReturnType<typeof parseDocument>;

/**
 * Parses and checks.
 *
 * @param file - its name, for the messages
 * @throws CliError `CONFIG` with every problem
 */
export function parseConfig(text: string, file: string): Config {
  if (Buffer.byteLength(text) > CONFIG_BYTES_MAX) {
    throw configError([`${file}: expected at most ${CONFIG_BYTES_MAX} bytes, found ${Buffer.byteLength(text)}`]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, merge: false });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  if (document.errors.length > 0) {
    throw configError(document.errors.map((error) => `${place(error.pos[0])}: expected YAML: ${error.message}`));
  }
  const result = configSchema.safeParse(toPlain(document, file));
  if (!result.success) {
    throw configError(result.error.issues.flatMap((issue) => describeIssue(document, issue, place)));
  }
  const problems = checkConfig(result.data);
  if (problems.length === 0) return result.data;
  throw configError(
    problems.map(({ path, message }) => `${place(offsetOf(document, path))}: ${path.join('.')}: ${message}`),
  );
}

function toPlain(document: Document, file: string): unknown {
  try {
    // No aliases: they save nothing here, and a few lines of them can unfold to gigabytes.
    return document.toJS({ maxAliasCount: 0 });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError({ code: 'CONFIG', problems: [`${file}: expected YAML without aliases: ${reason}`] }, { cause });
  }
}

function describeIssue(document: Document, issue: z.core.$ZodIssue, place: (offset: number) => string): string[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  const name = path.length === 0 ? '' : `${path.join('.')}: `;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const known = knownKeysAt(configSchema, path);
      const nearest = nearestWord(key, known);
      const hint = nearest === undefined ? `known here: ${known.join(', ')}` : `did you mean "${nearest}"?`;
      return `${place(offsetOf(document, path, key))}: ${name}unknown key "${key}"; ${hint}`;
    });
  }
  const missing = issue.code === 'invalid_type' && !hasAt(document, path);
  const message = missing ? 'missing' : issue.message;
  return [`${place(offsetOf(document, path))}: ${name}${message}`];
}

function hasAt(document: Document, path: readonly (string | number)[]): boolean {
  return document.hasIn(path);
}

/** Where the value (or a key of the map) stands; of something missing, its nearest ancestor. */
function offsetOf(document: Document, path: readonly (string | number)[], key?: string): number {
  for (let length = path.length; length >= 0; length--) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (key !== undefined && isMap(node)) {
      const pair = node.items.find((item) => String(item.key) === key);
      const offset = rangeStart(pair?.key);
      if (offset !== undefined) return offset;
    }
    const offset = rangeStart(node);
    if (offset !== undefined) return offset;
  }
  return 0;
}

function rangeStart(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return undefined;
  const start: unknown = node.range[0];
  return typeof start === 'number' ? start : undefined;
}

function configError(problems: readonly string[]): CliError {
  return new CliError({ code: 'CONFIG', problems });
}
