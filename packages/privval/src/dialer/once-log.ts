/**
 * A log that says each thing once until things have been well again.
 *
 * A dialer tries every second for as long as a node is away; a line for each try would bury the one that matters. Labels
 * come from a closed set (states, error codes and the system's errno), so what is remembered is bounded.
 */

import type { Logger } from '../logger.js';

export class OnceLog {
  readonly #logger: Logger;
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #said = new Set<string>();
  #endsBadly = false;

  /** @param fields - added to every line */
  constructor(logger: Logger, fields: Readonly<Record<string, unknown>>) {
    this.#logger = logger;
    this.#fields = fields;
  }

  /** Logs unless this label was logged since the last {@link reset}. */
  say(
    level: 'info' | 'warn' | 'error',
    line: { label: string; message: string; fields?: Readonly<Record<string, unknown>> },
  ): void {
    if (this.#said.has(line.label)) return;
    this.#said.add(line.label);
    this.#endsBadly = level !== 'info';
    this.#logger[level]({ ...this.#fields, ...line.fields }, line.message);
  }

  /** Whether the last line that was logged tells of something wrong. */
  get endsBadly(): boolean {
    return this.#endsBadly;
  }

  /** Things were well: whatever goes wrong next is news. */
  reset(): void {
    this.#said.clear();
  }
}
