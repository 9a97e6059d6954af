/**
 * The configuration in effect, and those before it that the log still reaches back to: a snapshot taken at an index
 * carries the configuration as it was there, which may be older than the newest.
 *
 * Invariant: indexes rise; the first stands for everything up to the log's beginning.
 */
import type { Configuration } from './configuration.js';
import { assertInvariant } from './errors.js';

interface InEffect {
  /** Of the config entry that brought it; 0, or the snapshot's, for the first. */
  readonly index: bigint;
  readonly configuration: Configuration;
}

/** Configurations by the index from which they are in effect. */
export class ConfigurationHistory {
  #first: InEffect;
  #later: InEffect[] = [];

  constructor(index: bigint, configuration: Configuration) {
    this.#first = { index, configuration };
  }

  get current(): Configuration {
    return (this.#later.at(-1) ?? this.#first).configuration;
  }

  /** Every config entry up to here is in effect. */
  get index(): bigint {
    return (this.#later.at(-1) ?? this.#first).index;
  }

  at(index: bigint): Configuration {
    return (this.#later.findLast((each) => each.index <= index) ?? this.#first).configuration;
  }

  add(index: bigint, configuration: Configuration): void {
    assertInvariant(index > this.index, () => `the configuration of ${index} comes after that of ${this.index}`);
    this.#later.push({ index, configuration });
  }

  /** The log begins behind `index` now. */
  compact(index: bigint): void {
    const first = this.#later.findLast((each) => each.index <= index);
    if (first === undefined) return;
    this.#first = first;
    this.#later = this.#later.filter((each) => each.index > index);
  }
}
