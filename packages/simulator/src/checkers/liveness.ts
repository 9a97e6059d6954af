/**
 * Rule 7: when faults have stopped, a new height is signed by every cosigner that is up with all that it ever wrote, as long as t are;
 * and with all of them so a message asked for before is signed or refused, never left hanging. Where all are honest and up a new height
 * is signed when it is first asked for: no vote is lost to a leader that hands over. Where nothing is wrong but the shares of some, every
 * message is signed or refused from the beginning: others are asked, and who sent a wrong one is asked again.
 */

import { type EpochOfPlan, epochsOf } from '../epochs.js';
import { type Checker, type Happening, Violation } from '../happenings.js';
import { type Plan, struckBy } from '../plan.js';
import { PROBE_NEW, PROBE_TOUCHED } from '../prober.js';
import { placeKey, readSignBytes } from '../read-sign-bytes.js';
import { isAdmitted } from './admissions.js';

export class Liveness implements Checker {
  readonly #plan: Plan;
  /** A disk that lies does not tell of an admission; a liar's replays tell the leader of a log that its new store does not have. */
  readonly #unsure: ReadonlySet<string>;
  readonly #areOnlySharesWrong: boolean;
  readonly #up = new Set<string>();
  /** Came back on an older disk: of no use until they are admitted anew. */
  readonly #forgetful = new Set<string>();
  /** Given a new store, and not admitted yet. */
  readonly #joining = new Set<string>();
  /** Asked by the prober and not answered. */
  readonly #open = new Map<string, { readonly isNew: boolean; readonly cosigner: string; readonly text: string }>();

  /** Who are asked by the prober, and the threshold among them. */
  #asked: EpochOfPlan;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#asked = plan;
    const { faults, liars, network } = plan;
    const isMoreWrong =
      faults.length > 0 || network.datagrams || liars.some(({ lies }) => lies.some((lie) => lie !== 'wrong-shares'));
    this.#areOnlySharesWrong = liars.length > 0 && !isMoreWrong;
    this.#unsure = new Set([...struckBy(plan, 'disk-lies'), ...liars.map(({ name }) => name)]);
  }

  observe(happening: Happening): void {
    if (happening.kind === 'probed')
      this.#asked = { members: happening.cosigners, threshold: this.#thresholdOf(happening.epoch) };
    if (happening.kind === 'recovered') this.#up.add(happening.cosigner);
    if (happening.kind === 'ended') this.#up.delete(happening.cosigner);
    if (happening.kind === 'rolled-back') this.#forgetful.add(happening.cosigner);
    if (happening.kind === 'readmitted') {
      this.#forgetful.delete(happening.cosigner);
      this.#joining.add(happening.cosigner);
    }
    if (happening.kind === 'synced' && isAdmitted(happening.records)) this.#joining.delete(happening.cosigner);
    if (happening.kind !== 'asked' && happening.kind !== 'answered') return;
    const { node, cosigner } = happening;
    const hasGivenUp = happening.kind === 'answered' && happening.outcome.kind === 'gave-up';
    if (hasGivenUp && this.#areOnlySharesWrong) throw new Violation('wrong shares cost no vote', textOf(happening));
    if (node !== PROBE_NEW && node !== PROBE_TOUCHED) return;
    const text = textOf(happening);
    if (hasGivenUp && node === PROBE_NEW) this.#gaveUp(text);
    if (happening.kind === 'asked') this.#open.set(text, { isNew: node === PROBE_NEW, cosigner, text });
    else if (happening.outcome.kind === 'signed') this.#open.delete(text);
    // A refusal is no signature; only a liar's inventions may have used a new height before anybody asked for it.
    else if (happening.outcome.kind === 'denied' && (node === PROBE_TOUCHED || this.#plan.liars.length > 0)) {
      this.#open.delete(text);
    }
  }

  #gaveUp(text: string): void {
    const { faulty } = this.#plan;
    const isWhole =
      this.#asked.members.every((name) => this.#up.has(name)) && this.#forgetful.size + this.#joining.size === 0;
    // A disk that was slow has writes to finish when it is well again, and votes wait behind them.
    const isQuick = struckBy(this.#plan, 'slow-disk').size === 0;
    if (isWhole && isQuick && faulty.length === 0)
      throw new Violation('no vote is lost to a leader that hands over', text);
  }

  #thresholdOf(epoch: number): number {
    return epochsOf(this.#plan)[epoch - 1]?.threshold ?? this.#plan.threshold;
  }

  finish(): void {
    const { members, threshold } = this.#asked;
    const useful = members.filter((name) => this.#up.has(name) && !this.#forgetful.has(name));
    // It may be down itself, again and again: what counts is that the others are up.
    const outside = [...this.#joining].find(
      (name) => !this.#unsure.has(name) && members.every((other) => other === name || this.#up.has(other)),
    );
    if (outside !== undefined) throw new Violation('who was given a new store takes part again', outside);
    for (const { isNew, cosigner, text } of this.#open.values()) {
      if (isNew && useful.length >= threshold && useful.includes(cosigner))
        throw new Violation('a new height is signed', text);
      if (!isNew && useful.length === members.length) throw new Violation('no height, round and step dies', text);
    }
  }
}

function textOf({ message, cosigner }: { message: Uint8Array; cosigner: string }): string {
  const read = readSignBytes(message);
  return read === undefined ? 'no vote' : `${placeKey(read)} asked of ${cosigner}`;
}
