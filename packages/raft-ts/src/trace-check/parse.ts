/**
 * A line of a trace, back to an event. Terms and indexes stand as decimal strings there; they are known by their names.
 */
import type { TraceEvent } from '../trace.js';

const COUNTERS = new Set([
  'term',
  'commit',
  'index',
  'lastIndex',
  'lastTerm',
  'previousIndex',
  'previousTerm',
  'hintIndex',
  'hintTerm',
  'snapshotIndex',
  'snapshotTerm',
  'readSequence',
]);

/**
 * @param line - as `formatTraceEvent` wrote it
 * @throws SyntaxError for a line that is no JSON object with a member and a type
 */
export function parseTraceEvent(line: string): TraceEvent {
  const event: unknown = JSON.parse(line, revive);
  if (typeof event !== 'object' || event === null || !('member' in event) || !('type' in event)) {
    throw new SyntaxError(`expected an event with a member and a type, found ${line.slice(0, 80)}`);
  }
  // The parser's edge: what a trace lacks beyond this breaks a rule, or fails where it is read, with its line.
  return event as TraceEvent;
}

function revive(this: unknown, key: string, value: unknown): unknown {
  const isCut =
    key === 'from' && typeof this === 'object' && this !== null && 'type' in this && this.type === 'truncate';
  if (!isCut && !COUNTERS.has(key)) return value;
  if (typeof value !== 'string' || !/^\d{1,19}$/.test(value)) {
    throw new SyntaxError(`expected ${key} as a decimal string, found ${JSON.stringify(value)}`);
  }
  return BigInt(value);
}
