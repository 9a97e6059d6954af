/** A JSON log line as a line for people: time, level, message, then the fields. */

/** Fields that every line has and a reader of one home's log knows. */
const LEFT_OUT = new Set(['time', 'level', 'msg', 'cluster', 'cosigner']);

/** @returns the line as it came where it is not a JSON object */
export function formatLogLine(line: string): string {
  const fields = parseObject(line);
  if (fields === undefined) return line;
  const rest = [...fields].filter(([key]) => !LEFT_OUT.has(key)).map(([key, value]) => ` ${key}=${formatValue(value)}`);
  const level = String(fields.get('level') ?? '')
    .toUpperCase()
    .padEnd(5);
  return `${String(fields.get('time') ?? '')} ${level} ${String(fields.get('msg') ?? '')}${rest.join('')}\n`;
}

function parseObject(line: string): ReadonlyMap<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null ? new Map<string, unknown>(Object.entries(parsed)) : undefined;
  } catch {
    return undefined; // shown as it came
  }
}

/** Text with blanks, quotes or control characters is quoted, so that a peer's words cannot forge a line. */
function formatValue(value: unknown): string {
  if (typeof value === 'string' && /^[\x21-\x7e]+$/.test(value) && !/["=]/.test(value)) return value;
  return JSON.stringify(value) ?? 'undefined';
}
