/** The rules of the design, section 3, one file each; none imports what it checks. */

import type { Checker } from '../happenings.js';
import type { Plan } from '../plan.js';
import { AnswersAgree } from './answers-agree.js';
import { ChangeEnds } from './change-ends.js';
import { DurableMarks } from './durable-marks.js';
import { EntryBeforeAnswer } from './entry-before-answer.js';
import { HonestNotFenced } from './honest-not-fenced.js';
import { Liveness } from './liveness.js';
import { MarkBeforeShare } from './mark-before-share.js';
import { MarksNeverFall } from './marks-never-fall.js';
import { NoDeadPlace } from './no-dead-place.js';
import { NoDoubleSign } from './no-double-sign.js';
import { NoncesOfConnection } from './nonces-of-connection.js';
import { NoncesOnce } from './nonces-once.js';
import { NothingImpossible } from './nothing-impossible.js';
import { OlderDiskRefused } from './older-disk-refused.js';
import { OneLeaderPerTerm } from './one-leader-per-term.js';
import { QuickWhenHealed } from './quick-when-healed.js';
import { RaftTrace } from './raft-trace.js';
import { RefusalsDue } from './refusals-due.js';
import { SealedBeforeDealt } from './sealed-before-dealt.js';
import { ShareToLeader } from './share-to-leader.js';

export type VerifySignature = (chainId: string, message: Uint8Array, signature: Uint8Array) => boolean;

/** Those that hold under a plan: with Raft broken only safety is promised, and liars are promised to be slow as they please. */
export function createCheckers(plan: Plan, verify: VerifySignature): Checker[] {
  const marks = new DurableMarks();
  const safety = [
    // First: it is what keeps the marks on the disks for the others.
    new MarksNeverFall(plan, marks),
    new MarkBeforeShare(plan, marks),
    new NoDoubleSign(plan),
    new NoncesOnce(plan),
    new NoncesOfConnection(plan),
    new AnswersAgree(verify),
    new SealedBeforeDealt(plan),
  ];
  if (plan.raft === 'broken') return safety;
  const always = [
    ...safety,
    new EntryBeforeAnswer(plan),
    new OlderDiskRefused(plan),
    new HonestNotFenced(plan),
    new ShareToLeader(plan),
    // A dealer that lies, or came back on an older disk, can keep the keys from passing over, and the epoch before is sealed then.
    ...(plan.change === undefined || plan.faulty.length === 0 ? [new Liveness(plan)] : []),
  ];
  if (plan.faulty.length > 0) return always;
  const honest = [
    new OneLeaderPerTerm(plan),
    new RefusalsDue(plan, marks),
    // Where the keys pass over, a place that dealers have marked with different messages is passed by.
    ...(plan.change === undefined ? [new NoDeadPlace(plan, marks)] : [new ChangeEnds()]),
    new NothingImpossible(),
    new QuickWhenHealed(),
  ];
  return [...always, ...honest, ...(plan.isTraced ? [new RaftTrace()] : [])];
}
