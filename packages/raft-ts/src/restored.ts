/**
 * From the disk to a member. Whether what was read back can have been written by this core is checked first: a log with a hole, or a commit index
 * behind the end of the log, means a disk that lost what it had acknowledged, and starting on it could elect a leader without committed entries.
 */
import { decodeConfigChange } from './config-codec.js';
import { type Configuration, configurationProblem } from './configuration.js';
import { ConfigurationHistory } from './configuration-history.js';
import { RaftError } from './errors.js';
import { Journal } from './journal.js';
import { RaftLog } from './log.js';
import { membershipOf } from './membership.js';
import { checkOptions, configurationOfOptions } from './options.js';
import { Outbox } from './outbox.js';
import { Reach } from './reach.js';
import { becomeFollower } from './roles.js';
import type { RaftState } from './state.js';
import { traceEntries } from './trace.js';
import type { RaftOptions, RestoredState } from './types.js';
import { greater, isUint63 } from './uint63.js';

/**
 * A member as it was on disk: a follower that knows no leader and waits a whole election timeout.
 *
 * @throws RaftError `OPTIONS_INVALID`, `RESTORED_INVALID`
 */
export function restoreState(given: RaftOptions, restored: RestoredState): RaftState {
  const options = checkOptions(given);
  const configuration = restoredConfiguration(restored, given);
  checkRestored(restored);
  const { hardState, snapshot, entries } = restored;
  const { name, trace } = options;
  // Followers are sent the snapshot with its configuration, also when that was restored beside it.
  const log = new RaftLog(
    snapshot === undefined || snapshot.index === 0n ? snapshot : { ...snapshot, configuration },
    entries,
  );
  const state: RaftState = {
    options,
    journal: new Journal(log, hardState),
    outbox: new Outbox(),
    trace: trace === undefined ? undefined : (event) => trace({ member: name, ...event }),
    configurations: new ConfigurationHistory(log.snapshot.index, configuration),
    membership: membershipOf(name, configuration),
    term: hardState.term,
    vote: hardState.vote,
    role: 'follower',
    leader: undefined,
    termLeader: undefined,
    commit: greater(hardState.commit, log.snapshot.index),
    applied: log.snapshot.index,
    electionElapsed: 0,
    electionTimeout: 0,
    tally: undefined,
    leading: undefined,
    deferred: new Map(),
    readStates: [],
    reach: new Reach(options.electionTicks, hardState.term, log.lastIndex),
    ignored: 0,
  };
  const { term, vote, commit } = state;
  const { index: snapshotIndex, term: snapshotTerm } = log.snapshot;
  const origin = { term, vote, commit, snapshotIndex, snapshotTerm, entries: traceEntries(entries), configuration };
  state.trace?.({ type: 'restart', ...origin });
  becomeFollower(state, hardState.term, undefined);
  return state;
}

/**
 * The configuration where the restored log begins: the snapshot's own, else the one restored beside it, else the options' members.
 *
 * @throws RaftError `RESTORED_INVALID`, `OPTIONS_INVALID`
 */
function restoredConfiguration(restored: RestoredState, options: RaftOptions): Configuration {
  const configuration = restored.snapshot?.configuration ?? restored.configuration;
  if (configuration === undefined) return configurationOfOptions(options);
  const problem = configurationProblem(configuration);
  expect(problem === undefined, 'a configuration that can be in effect', `one that is not: ${problem}`);
  return configuration;
}

function checkRestored(restored: RestoredState): void {
  const { hardState, snapshot, entries } = restored;
  const { term, vote, commit } = hardState;
  expect(isUint63(term) && isUint63(commit), 'a term and commit index from 0 to 2^63-1', `${term} and ${commit}`);
  // Not "for a member": the vote may be for one that was removed since, or added by an entry that is not applied here.
  expect(vote !== '', 'a vote for a member, or none', 'an empty name');
  expect(vote === undefined || term > 0n, 'no vote in term 0', `${vote}`);
  let lastIndex = 0n;
  let lastTerm = 0n;
  if (snapshot !== undefined) {
    const { index, term: snapshotTerm } = snapshot;
    const isEmpty = index === 0n && snapshotTerm === 0n;
    const isSound = isUint63(index) && index > 0n && isUint63(snapshotTerm) && snapshotTerm > 0n;
    expect(isEmpty || isSound, 'a snapshot at an index with a term', `index ${index}, term ${snapshotTerm}`);
    lastIndex = index;
    lastTerm = snapshotTerm;
  }
  for (const entry of entries) {
    expect(isUint63(entry.index) && entry.index === lastIndex + 1n, `entry ${lastIndex + 1n}`, `entry ${entry.index}`);
    const isSound = isUint63(entry.term) && entry.term > 0n && entry.term >= lastTerm;
    expect(isSound, `a term from ${lastTerm} on at ${entry.index}`, `${entry.term}`);
    const isReadable = entry.kind !== 'config' || decodeConfigChange(entry.data) !== undefined;
    expect(isReadable, `a config change at ${entry.index}`, 'data that is none');
    lastIndex = entry.index;
    lastTerm = entry.term;
  }
  expect(lastTerm <= term, `no entry above the term ${term}`, `term ${lastTerm} at ${lastIndex}`);
  expect(commit <= lastIndex, `a commit index up to ${lastIndex}, where the log ends`, `${commit}`);
}

function expect(holds: boolean, expected: string, found: string): void {
  if (!holds) throw new RaftError({ code: 'RESTORED_INVALID', expected, found });
}
