/** Whether a change of epoch that an operator wants can be taken part in here. */

import type { Frost } from '@quorumsign/frost';
import type { NamedChange } from './contributions.js';
import { partiesOf, problemAfter, problemOf, resharingPlan, type Sharing } from './epoch-change.js';

export interface Authorising {
  readonly name: string;
  readonly cluster: string;
  readonly frost: Frost;
  /** The epoch at hand; undefined: none yet. */
  readonly sharing: Sharing | undefined;
  /** The change for which the epoch at hand is sealed; empty: it is not. */
  readonly sealedFor: string;
  /** From this very change. */
  readonly hasWithdrawn: boolean;
  /** Another change that is not through. */
  readonly underWay: NamedChange | undefined;
}

/** @returns why not, for the operator; undefined: it can */
export function problemOfAuthorisation({ change, id }: NamedChange, at: Authorising): string | undefined {
  const { name, cluster, frost, sharing, sealedFor, underWay } = at;
  if (change.cluster !== cluster) return `expected a change of cluster ${cluster}, found one of ${change.cluster}`;
  if (at.hasWithdrawn) return 'this cosigner has withdrawn from this change for good; make another';
  if (underWay !== undefined)
    return `a change to epoch ${underWay.change.epoch} is under way; let it come to its end or withdraw from it first`;
  const problem = problemOf(change) ?? (sharing && problemAfter(change, sharing));
  if (problem !== undefined) return problem;
  if (sealedFor !== '' && sealedFor !== id) return `the epoch at hand is sealed for another change, ${sealedFor}`;
  if (!isParty({ change }, name)) return `${name} is neither dealer nor member in this change: it has no part in it`;
  try {
    for (const chain of change.chains) frost.checkGroup(resharingPlan(change, chain).group);
  } catch (error) {
    return `the sharing that ends: ${error instanceof Error ? error.message : String(error)}`;
  }
  return undefined;
}

export function isParty({ change }: Pick<NamedChange, 'change'>, name: string): boolean {
  return partiesOf(change).some((party) => party.name === name);
}
