/**
 * Everything a command may use of the world, so that tests can hand in a smaller one. The environment, the clock, the
 * terminal and the signals of the process are read in `system-context.ts` and nowhere else.
 */

import type { Cosigner, CosignerConfig, CosignerDeps } from '@quorumsign/cosigner';

export interface CommandContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where `~` is. */
  readonly userDirectory: string;
  /** Answers. */
  readonly stdout: TextSink;
  /** Logs, warnings and errors. */
  readonly stderr: TextSink;
  now(): Date;
  randomBytes(length: number): Uint8Array;
  /** Reads a secret without showing it; undefined where there is no terminal. */
  readonly promptSecret: ((question: string) => Promise<string>) | undefined;
  /** Calls back at every interval until the returned function is called. */
  every(intervalMs: number, callback: () => void): () => void;
  /** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
  stopRequested(): Promise<string>;
  /** Calls back at every SIGHUP until the returned function is called. */
  onHangup(callback: () => void): () => void;
  createCosigner(config: CosignerConfig, deps: CosignerDeps): Promise<Cosigner>;
  /** TLS 1.3 for the whole process, whatever a library's own options would still accept. */
  requireTls13(): void;
  /** log2 of scrypt's cost for new shares; undefined: the keystore's default. For tests, not a flag. */
  readonly shareWorkFactor: number | undefined;
}

export interface TextSink {
  /** Width, colours and redrawing make sense. */
  readonly isTerminal: boolean;
  write(text: string): void;
}

/** The flags that every command has, resolved. */
export interface GlobalOptions {
  readonly home: string;
  readonly output: 'text' | 'json';
  readonly yes: boolean;
  /** Undefined: what quorumsign.yaml says. */
  readonly logLevel: string | undefined;
  readonly logFormat: string | undefined;
}

/** Writes an answer in the form that was asked for. */
export function printAnswer(
  context: CommandContext,
  options: Pick<GlobalOptions, 'output'>,
  answer: { readonly json: unknown; readonly text: string },
): void {
  const text = options.output === 'json' ? JSON.stringify(answer.json, undefined, 2) : answer.text;
  context.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}
