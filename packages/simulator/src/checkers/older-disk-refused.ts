/**
 * The rollback fence: who came back with fewer batches than a peer has on its disk gives that peer no share, until an operator has given it
 * a new store; and with that it signs nothing before it is admitted again. Not asked of cosigners that are cloned, since of two with one store either may be the older.
 */

import { type CoreRecord, PeerStoreRecord, type Position, RECORD_PEER_STORE } from '@quorumsign/cosigner/core';
import { type Checker, type Happening, Violation } from '../happenings.js';
import { type Plan, struckBy } from '../plan.js';
import { hex } from '../watched-frost.js';
import { isAdmitted } from './admissions.js';

export class OlderDiskRefused implements Checker {
  readonly #cloned: ReadonlySet<string>;
  /** Of a disk that lies nobody knows when it was admitted. */
  readonly #lied: ReadonlySet<string>;
  /** With which position each cosigner started. */
  readonly #started = new Map<string, Position>();
  /** What each has on its disk of the others' positions: by its name, then by theirs. */
  readonly #remembered = new Map<string, Map<string, Position>>();

  /** With a new store, and not admitted by its own records. */
  readonly #joining = new Set<string>();

  constructor(plan: Plan) {
    this.#cloned = struckBy(plan, 'clone');
    this.#lied = struckBy(plan, 'disk-lies');
  }

  observe(happening: Happening): void {
    switch (happening.kind) {
      case 'recovered':
        this.#started.set(happening.cosigner, happening.position);
        this.#remember(happening.cosigner, happening.records, new Map());
        return;
      case 'compacted':
        this.#remember(happening.cosigner, happening.records, new Map());
        return;
      case 'readmitted':
        this.#joining.add(happening.cosigner);
        return;
      case 'synced':
        if (isAdmitted(happening.records)) this.#joining.delete(happening.cosigner);
        this.#remember(happening.cosigner, happening.records, this.#remembered.get(happening.cosigner) ?? new Map());
        return;
      case 'share-left':
        this.#check(happening.cosigner, happening.to);
    }
  }

  #remember(cosigner: string, records: readonly CoreRecord[], positions: Map<string, Position>): void {
    this.#remembered.set(cosigner, positions);
    for (const { type, payload } of records) {
      if (type !== RECORD_PEER_STORE) continue;
      const { peer, position } = PeerStoreRecord.decode(payload);
      if (position !== undefined) positions.set(peer, position);
    }
  }

  #check(cosigner: string, to: string): void {
    if (this.#joining.has(cosigner) && !this.#cloned.has(cosigner) && !this.#lied.has(cosigner))
      throw new Violation(
        'with a new store nobody signs before the others are heard',
        `${cosigner} gave ${to} a share`,
      );
    const [started, known] = [this.#started.get(cosigner), this.#remembered.get(to)?.get(cosigner)];
    if (started === undefined || known === undefined || this.#cloned.has(cosigner) || this.#cloned.has(to)) return;
    const isSameStore = hex(started.store) === hex(known.store) && hex(started.boot) !== hex(known.boot);
    if (!isSameStore || known.batches <= started.recovered) return;
    throw new Violation(
      'who came back on an older disk signs nothing',
      `${cosigner} gave ${to} a share; it started at batch ${started.recovered}, ${to} knows of ${known.batches}`,
    );
  }
}
