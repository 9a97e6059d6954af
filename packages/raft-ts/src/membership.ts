/**
 * A configuration as one member sees it: whom it sends to, whom it asks, and whether it may vote. Computed once for each configuration,
 * because every message asks.
 */
import { type Configuration, membersOf } from './configuration.js';

/** What a configuration means to one member. */
export interface Membership {
  readonly configuration: Configuration;
  /** The other members, learners included: they get the log. */
  readonly peers: readonly string[];
  /** The other voters of either set: they are asked for votes. */
  readonly voterPeers: readonly string[];
  /** Whether this member votes in either set; if not it never campaigns. */
  readonly isVoter: boolean;
  /** Every member, this one included if it is one. */
  readonly names: ReadonlySet<string>;
}

/** @param name - whose view it is; it need not be a member */
export function membershipOf(name: string, configuration: Configuration): Membership {
  const names = membersOf(configuration);
  const voters = membersOf({ ...configuration, learners: [] });
  return {
    configuration,
    peers: names.filter((each) => each !== name),
    voterPeers: voters.filter((each) => each !== name),
    isVoter: voters.includes(name),
    names: new Set(names),
  };
}
