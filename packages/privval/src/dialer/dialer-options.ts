/**
 * The settings of one node connection, with their defaults and limits.
 */

import { PrivvalError } from '../errors.js';
import { EXTENSION_BYTES_MAX, type SignExtensions } from '../requests/sign-checks.js';

/** Every vote with the largest extension fits, and what nodes send around it. */
export const REQUEST_BYTES_MIN = EXTENSION_BYTES_MAX + 16 * 1024;
/** The signer answers well inside a second; a node that starts waits 3 s for its first connection. */
export const REDIAL_MS_MAX = 1_000;

export interface DialerTuning {
  /** Largest request, bytes. Default and least 1 MiB + 16 KiB; at most 64 MiB. Sei's proposals may need more. */
  readonly requestBytesMax: number;
  /** Pause between dials: half of it after a good connection, then doubling. Default 200, 10 to 1000; capped at 1000. */
  readonly redialMs: number;
  /** Pause after giving a connection up, so that the standbys of others come first. Default 300, 10 to 10000. */
  readonly giveUpRedialMs: number;
  /** For the transport to connect. Default 3000, 100 to 60000. */
  readonly connectTimeoutMs: number;
  /** For the handshake, counted from the node's first byte. Default 10000, 100 to 60000. */
  readonly handshakeTimeoutMs: number;
  /** Ends a connection that was used and then fell silent. Default 15000, 5000 (nodes ping every 3333) to 3600000. */
  readonly silentMs: number;
  /** Default `when-wanted`. */
  readonly signExtensions: SignExtensions;
  /** Default `sign-bytes`; see `RequestContext`. */
  readonly rawMessages: 'sign-bytes' | 'celestia';
  /** Default false; see `RequestContext`. */
  readonly secondExtension: boolean;
}

const NUMBERS = {
  requestBytesMax: { default: REQUEST_BYTES_MIN, min: REQUEST_BYTES_MIN, max: 64 * 1024 * 1024 },
  redialMs: { default: 200, min: 10, max: REDIAL_MS_MAX },
  giveUpRedialMs: { default: 300, min: 10, max: 10_000 },
  connectTimeoutMs: { default: 3_000, min: 100, max: 60_000 },
  handshakeTimeoutMs: { default: 10_000, min: 100, max: 60_000 },
  silentMs: { default: 15_000, min: 5_000, max: 3_600_000 },
} as const;

/** Fills in defaults. @throws PrivvalError `OPTION_INVALID` */
export function resolveTuning(given: Partial<DialerTuning>): DialerTuning {
  const resolve = (option: keyof typeof NUMBERS): number => {
    const limits = NUMBERS[option];
    const found = given[option] ?? limits.default;
    if (!Number.isInteger(found) || found < limits.min || found > limits.max) {
      const expected = `an integer from ${limits.min} to ${limits.max}`;
      throw new PrivvalError({ code: 'OPTION_INVALID', option, expected, found: String(found) });
    }
    return found;
  };
  return {
    requestBytesMax: resolve('requestBytesMax'),
    redialMs: resolve('redialMs'),
    giveUpRedialMs: resolve('giveUpRedialMs'),
    connectTimeoutMs: resolve('connectTimeoutMs'),
    handshakeTimeoutMs: resolve('handshakeTimeoutMs'),
    silentMs: resolve('silentMs'),
    signExtensions: given.signExtensions ?? 'when-wanted',
    rawMessages: given.rawMessages ?? 'sign-bytes',
    secondExtension: given.secondExtension ?? false,
  };
}
