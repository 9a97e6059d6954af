/** The process's own time, for tests on real sockets. Used only there. */

import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { GrpcPeerDependencies } from '../src/index.js';

export const realClock = {
  now: () => performance.now(),
  setTimer(ms: number, fire: () => void): () => void {
    const timer = setTimeout(fire, ms);
    return () => clearTimeout(timer);
  },
};

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Real time and randomness; log lines go to `lines`. */
export function realDependencies(lines: LogLine[] = []): GrpcPeerDependencies {
  const at = (level: string) => (fields: Readonly<Record<string, unknown>>, message: string) => {
    lines.push({ level, message, fields });
  };
  const logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return { clock: realClock, random: randomBytes, logger, date: () => new Date() };
}
