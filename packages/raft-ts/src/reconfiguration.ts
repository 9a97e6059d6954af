/**
 * Changes of the configuration (dissertation §4.1, §4.3): proposed by the leader, one at a time, and in effect on each member when its
 * caller applies the committed entry, as etcd does it; docs/adr/0008 says why that is safe.
 *
 * Invariants: a leader's log has at most one config entry that is not in effect there; who campaigns has every config entry in effect that
 * it knows to be committed; and whoever has a config entry in its log knows that the one before is committed.
 */
import { type ConfigChange, nextConfiguration } from './confchange.js';
import { decodeConfigChange, encodeConfigChange } from './config-codec.js';
import { type Configuration, isJoint } from './configuration.js';
import { ConfigurationHistory } from './configuration-history.js';
import { assertInvariant, RaftError } from './errors.js';
import { membershipOf } from './membership.js';
import { Progress } from './progress.js';
import { answerConfirmed } from './read-index.js';
import { appendAsLeader, updateCommit } from './replication.js';
import { becomeFollower } from './roles.js';
import type { Leadership, RaftState } from './state.js';
import type { Entry, ProposeResult, Snapshot } from './types.js';
import { successor } from './uint63.js';

const LEAVE_JOINT: ConfigChange = { changes: [], transition: 'auto' };

/** Appends a config entry if this member leads, none is on its way, and the change can be made. */
export function proposeConfigChange(state: RaftState, change: ConfigChange): ProposeResult {
  const { leading, configurations, options } = state;
  if (leading === undefined) return { kind: 'dropped', reason: 'not-leader' };
  if (leading.transferTarget !== undefined) return { kind: 'dropped', reason: 'transferring' };
  if (isChangePending(state)) return { kind: 'dropped', reason: 'change-pending' };
  const { problem } = nextConfiguration(configurations.current, change);
  if (problem !== undefined) return { kind: 'dropped', reason: 'change-invalid', problem };
  const data = encodeConfigChange(change);
  if (leading.uncommittedBytes + data.length > options.uncommittedBytesMax) {
    return { kind: 'dropped', reason: 'uncommitted-limit' };
  }
  const { index, term } = appendAsLeader(state, leading, data, 'config');
  return { kind: 'proposed', index, term };
}

/**
 * The caller applies a committed config entry.
 *
 * @throws RaftError `CONFIG_CHANGE_UNEXPECTED`
 */
export function applyConfigChange(state: RaftState, entry: Entry): Configuration {
  const { configurations, journal, applied } = state;
  if (entry.kind !== 'config') throw unexpected('a config entry', `a normal one at ${entry.index}`);
  // A snapshot that came in between has its effect already.
  if (entry.index <= configurations.index) return configurations.current;
  if (entry.index > applied) throw unexpected(`an entry handed out as committed, up to ${applied}`, `${entry.index}`);
  const nextIndex = journal.log.configIndexAfter(configurations.index);
  if (entry.index !== nextIndex) throw unexpected(`the config entry of index ${nextIndex}`, `${entry.index}`);
  const own = journal.log.entryAt(entry.index);
  if (own?.term !== entry.term) throw unexpected(`entry ${entry.index} of term ${own?.term}`, `one of ${entry.term}`);
  const change = decodeConfigChange(own.data);
  assertInvariant(change !== undefined, () => `the config change of entry ${entry.index} can be read`);
  const next = nextConfiguration(configurations.current, change);
  assertInvariant(next.problem === undefined, () => `the change of entry ${entry.index} can be made (${next.problem})`);
  const { configuration } = next;
  const isCampaign = state.role === 'pre-candidate' || state.role === 'candidate';
  assertInvariant(!isCampaign, 'the configuration does not change during a campaign');
  configurations.add(entry.index, configuration);
  takeEffect(state, configuration);
  state.trace?.({ type: 'configuration', index: entry.index, configuration });
  if (state.leading !== undefined) leadOn(state, state.leading);
  return configuration;
}

/** A leader's snapshot took the place of the log, and of the configuration. */
export function adoptSnapshot(state: RaftState, { index, term, configuration }: Snapshot): void {
  // A snapshot without one comes from a member that knows no changes of membership: what the log began with is still in effect.
  const adopted = configuration ?? state.configurations.at(0n);
  state.configurations = new ConfigurationHistory(index, adopted);
  takeEffect(state, adopted);
  state.trace?.({ type: 'restore', index, term, configuration: adopted });
}

/** Leaves a joint configuration that is to be left by itself. Asked again with every tick: a transfer may have been in the way. */
export function leaveJointIfDue(state: RaftState, leading: Leadership): void {
  const { current } = state.configurations;
  if (!isJoint(current) || !current.autoLeave) return;
  if (leading.transferTarget !== undefined || isChangePending(state)) return;
  appendAsLeader(state, leading, encodeConfigChange(LEAVE_JOINT), 'config');
}

function isChangePending({ journal, configurations }: RaftState): boolean {
  return journal.log.lastConfigIndex > configurations.index;
}

function takeEffect(state: RaftState, configuration: Configuration): void {
  state.membership = membershipOf(state.options.name, configuration);
  for (const name of state.deferred.keys()) if (!state.membership.names.has(name)) state.deferred.delete(name);
}

/** The leader's part: it goes on with the new members, or makes room for one of them. */
function leadOn(state: RaftState, leading: Leadership): void {
  const { membership, journal, options } = state;
  if (!membership.isVoter) {
    // §4.2.2: it led until its own removal was committed; the last Ready told the others of the commit.
    becomeFollower(state, state.term, undefined);
    return;
  }
  for (const name of leading.progress.keys()) if (!membership.names.has(name)) leading.progress.delete(name);
  for (const name of membership.peers) {
    if (leading.progress.has(name)) continue;
    const progress = new Progress(name, successor(journal.log.lastIndex, 'index'), options.inflightMax);
    // It gets a whole election timeout to be heard before its silence counts against the leader (§6.2).
    progress.recentlyActive = true;
    leading.progress.set(name, progress);
  }
  const { transferTarget } = leading;
  if (transferTarget !== undefined && !membership.configuration.voters.includes(transferTarget)) {
    leading.transferTarget = undefined;
  }
  leading.replicationDue = true;
  // Fewer may be a quorum now.
  updateCommit(state);
  answerConfirmed(state, leading);
  leaveJointIfDue(state, leading);
}

function unexpected(expected: string, found: string): RaftError {
  return new RaftError({ code: 'CONFIG_CHANGE_UNEXPECTED', expected, found });
}
