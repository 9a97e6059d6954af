/**
 * The options, checked once. Past this file nothing is optional and nothing is out of range.
 */
import { type Configuration, MEMBERS_MAX, votersOnly } from './configuration.js';
import { RaftError } from './errors.js';
import type { TraceEvent } from './trace.js';
import type { RaftOptions } from './types.js';

/** Longest timeout in ticks; keeps tick arithmetic far from the limits of numbers. */
export const TICKS_MAX = 1_000_000;

const APPEND_BYTES_DEFAULT = 1024 * 1024;
const INFLIGHT_DEFAULT = 256;
const UNCOMMITTED_BYTES_DEFAULT = 64 * 1024 * 1024;
const COMMITTED_BYTES_DEFAULT = 16 * 1024 * 1024;
const INFLIGHT_MAX = 4096;

/** {@link RaftOptions} with every default filled in. */
export interface CheckedOptions {
  readonly name: string;
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  readonly preVote: boolean;
  readonly appendBytesMax: number;
  readonly inflightMax: number;
  readonly uncommittedBytesMax: number;
  readonly committedBytesMax: number;
  /** `random`, its result checked. */
  readonly random: (bound: number) => number;
  readonly trace: ((event: TraceEvent) => void) | undefined;
}

/**
 * @throws RaftError `OPTIONS_INVALID` names the option; later, from `random`, `RANDOM_INVALID`
 */
export function checkOptions(options: RaftOptions): CheckedOptions {
  const { name, heartbeatTicks, electionTicks } = options;
  if (name === '') refuse('name', 'a name that is not empty', 'an empty one');
  checkInteger('heartbeatTicks', heartbeatTicks, 1, TICKS_MAX / 3);
  // A follower must be able to miss two heartbeats in a row before it suspects the leader.
  checkInteger('electionTicks', electionTicks, 3 * heartbeatTicks, TICKS_MAX);
  const appendBytesMax = options.appendBytesMax ?? APPEND_BYTES_DEFAULT;
  const inflightMax = options.inflightMax ?? INFLIGHT_DEFAULT;
  const uncommittedBytesMax = options.uncommittedBytesMax ?? UNCOMMITTED_BYTES_DEFAULT;
  checkInteger('appendBytesMax', appendBytesMax, 1, Number.MAX_SAFE_INTEGER);
  checkInteger('inflightMax', inflightMax, 1, INFLIGHT_MAX);
  checkInteger('uncommittedBytesMax', uncommittedBytesMax, 1, Number.MAX_SAFE_INTEGER);
  const committedBytesMax = options.committedBytesMax ?? COMMITTED_BYTES_DEFAULT;
  checkInteger('committedBytesMax', committedBytesMax, 1, Number.MAX_SAFE_INTEGER);
  return {
    name,
    electionTicks,
    heartbeatTicks,
    preVote: options.preVote ?? true,
    appendBytesMax,
    inflightMax,
    uncommittedBytesMax,
    committedBytesMax,
    trace: options.trace,
    random: (bound) => {
      const value = options.random(bound);
      if (!Number.isInteger(value) || value < 0 || value >= bound) {
        throw new RaftError({ code: 'RANDOM_INVALID', bound, found: value });
      }
      return value;
    },
  };
}

/**
 * The configuration that `members` stand for.
 *
 * @throws RaftError `OPTIONS_INVALID`
 */
export function configurationOfOptions({ name, members }: RaftOptions): Configuration {
  if (members.length < 1 || members.length > MEMBERS_MAX) {
    refuse('members', `1 to ${MEMBERS_MAX} names`, `${members.length}`);
  }
  if (members.some((member) => member === '')) refuse('members', 'names that are not empty', 'an empty name');
  if (new Set(members).size !== members.length) refuse('members', 'each name once', members.join(', '));
  if (!members.includes(name)) refuse('name', `one of the members ${members.join(', ')}`, JSON.stringify(name));
  return votersOnly(members);
}

function checkInteger(option: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    refuse(option, `an integer from ${min} to ${Math.floor(max)}`, `${value}`);
  }
}

function refuse(option: string, expected: string, found: string): never {
  throw new RaftError({ code: 'OPTIONS_INVALID', option, expected, found });
}
