/**
 * Config changes to and from the data of their entries: JSON in ASCII, so that a log can be read by eye, with a version in front. Other
 * characters are escaped, because the language itself has no encoder to bytes.
 */
import { type ConfigChange, isWellFormed } from './confchange.js';

const VERSION = 1;
/** Longest data of a config entry, bytes: 30 names of about 2,000 characters. */
const CONFIG_BYTES_MAX = 65_536;

/** The data of a config entry. */
export function encodeConfigChange({ changes, transition }: ConfigChange): Uint8Array {
  const plain = { version: VERSION, transition, changes: changes.map(({ kind, name }) => ({ kind, name })) };
  const text = JSON.stringify(plain).replace(
    /[^ -~]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** @returns undefined for data that no {@link encodeConfigChange} of this version wrote */
export function decodeConfigChange(data: Uint8Array): ConfigChange | undefined {
  if (data.length > CONFIG_BYTES_MAX) return undefined;
  let plain: unknown;
  try {
    plain = JSON.parse(Array.from(data, (byte) => String.fromCharCode(byte)).join(''));
  } catch {
    // Not JSON, so not ours; the caller refuses the entry.
    return undefined;
  }
  if (typeof plain !== 'object' || plain === null || !('version' in plain) || plain.version !== VERSION)
    return undefined;
  // The parser's edge: `isWellFormed` looks at every field before the type is believed.
  const { changes, transition } = plain as unknown as ConfigChange;
  if (!Array.isArray(changes) || changes.some((change) => typeof change !== 'object' || change === null))
    return undefined;
  return isWellFormed({ changes, transition }) ? { changes, transition } : undefined;
}
