/** What a transport is given from outside: time, randomness, a logger. Chosen once, in the composition root. */

/** Time in milliseconds from any origin, never going back. */
export interface PeerClock {
  now(): number;
  /** Calls `fire` once after `ms`; the returned function cancels. */
  setTimer(ms: number, fire: () => void): () => void;
}

/** Unpredictable bytes, as of `crypto.randomBytes`. */
export type RandomBytes = (length: number) => Uint8Array;

type LogLine = (fields: Readonly<Record<string, unknown>>, message: string) => void;

export interface PeerLogger {
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
}

export interface PeerDependencies {
  readonly clock: PeerClock;
  readonly random: RandomBytes;
  readonly logger: PeerLogger;
}
