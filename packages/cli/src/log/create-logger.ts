/** pino on standard error: JSON lines for machines, or lines for people. Standard output is kept for answers. */

import { type Logger, pino } from 'pino';
import type { TextSink } from '../context.js';
import { formatLogLine } from './format-log-line.js';

export interface LoggerOptions {
  readonly level: string;
  readonly format: string;
  /** On every line: cluster and cosigner. */
  readonly base: Readonly<Record<string, unknown>>;
}

export function createLogger(options: LoggerOptions, sink: TextSink): Logger {
  const write =
    options.format === 'text' ? (line: string) => sink.write(formatLogLine(line)) : (line: string) => sink.write(line);
  return pino(
    {
      level: options.level,
      base: options.base,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
}
