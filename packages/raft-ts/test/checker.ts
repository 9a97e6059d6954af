/**
 * The properties of figure 3.2 of the dissertation, and of the Ready, looked at after every step of a simulated cluster.
 * Log matching is checked by induction: wherever two logs hold an entry of the same index and term, its data and the term before
 * it are the same.
 */
import type { Configuration, Message, Ready } from '../src/index.js';
import type { Member, Observer } from './member.js';

export class Violation extends Error {}

interface SeenEntry {
  readonly data: Uint8Array;
  readonly previousTerm: bigint;
}

export class SafetyChecker implements Observer {
  readonly #members: () => readonly Member[];
  readonly #leaders = new Map<bigint, string>();
  readonly #entries = new Map<string, SeenEntry>();
  /** Term by index; index 0 is there so that positions are indexes. */
  readonly #committed: bigint[] = [0n];
  readonly #digests = new Map<bigint, string>();
  readonly #votes = new Map<string, string>();

  readonly #mayChange: boolean;

  /** @param mayChange - whether the configuration changes along the way */
  constructor(members: () => readonly Member[], mayChange = false) {
    this.#members = members;
    this.#mayChange = mayChange;
  }

  #truncations = 0;
  #truncationsInFlight = 0;
  #snapshots = 0;

  counts() {
    return {
      committed: this.#committed.length - 1,
      leaders: this.#leaders.size,
      truncations: this.#truncations,
      truncationsInFlight: this.#truncationsInFlight,
      snapshots: this.#snapshots,
    };
  }

  /** After every step of `member`. */
  observe(member: Member): void {
    if (!member.isUp) return;
    const { role, term, commit, ignored, configuration } = member.raft.status();
    // Where the configuration does not change, nobody is a stranger.
    if (ignored > 0 && !this.#mayChange) {
      throw new Violation(`${member.name} was sent a message that makes no sense`);
    }
    if (role === 'leader') this.#checkLeader(member, term);
    for (let index = BigInt(this.#committed.length); index <= commit; index += 1n) {
      const entryTerm = member.raft.termAt(index);
      if (entryTerm === undefined) throw new Violation(`${member.name} commits ${index}, which it does not have`);
      this.#committed.push(entryTerm);
      this.#checkStored(index, entryTerm, configuration);
    }
    const seen = member.raft.termAt(commit);
    if (seen !== this.#committed[Number(commit)]) throw new Violation(`${member.name} has another entry at ${commit}`);
  }

  onReady(member: Member, ready: Ready): void {
    if (ready.snapshot !== undefined) this.#snapshots += 1;
    if (ready.truncateFrom !== undefined) {
      this.#truncations += 1;
      if (member.unwritten.length > 0) this.#truncationsInFlight += 1;
    }
    for (const entry of ready.entries) {
      const previousTerm = member.raft.termAt(entry.index - 1n) ?? -1n;
      const key = `${entry.index}/${entry.term}`;
      const seen = this.#entries.get(key);
      if (seen === undefined) this.#entries.set(key, { data: entry.data, previousTerm });
      else if (seen.previousTerm !== previousTerm || Buffer.compare(seen.data, entry.data) !== 0) {
        throw new Violation(`log matching fails at ${key} on ${member.name}`);
      }
    }
    for (const message of ready.messages) {
      const isPreVote = message.type === 'pre-vote' || (message.type === 'pre-vote-reply' && message.granted);
      if (!isPreVote && message.term > member.disk.hardState.term) {
        throw new Violation(`${member.name} sends ${message.type} of term ${message.term} before the term is on disk`);
      }
    }
  }

  onSend(member: Member, message: Message): void {
    const { hardState, entries, snapshot } = member.disk;
    if (message.type === 'vote' || (message.type === 'vote-reply' && message.granted)) {
      const choice = message.type === 'vote' ? message.from : message.to;
      const key = `${message.from}/${message.term}`;
      if ((this.#votes.get(key) ?? choice) !== choice) throw new Violation(`${key} votes twice`);
      this.#votes.set(key, choice);
      const isStored = hardState.term > message.term || (hardState.term === message.term && hardState.vote === choice);
      if (!isStored) throw new Violation(`${key} sends a vote that is not on disk`);
    }
    if (message.type === 'append-reply' && message.accepted && hardState.term === message.term) {
      const last = entries.at(-1)?.index ?? snapshot?.index ?? 0n;
      if (message.index > last)
        throw new Violation(`${member.name} acknowledges ${message.index}; its disk ends at ${last}`);
    }
  }

  onApplied(member: Member, index: bigint, digest: string): void {
    const seen = this.#digests.get(index);
    if (seen === undefined) this.#digests.set(index, digest);
    else if (seen !== digest) throw new Violation(`${member.name} applies something else at ${index}`);
  }

  #checkLeader(member: Member, term: bigint): void {
    const known = this.#leaders.get(term);
    if (known === member.name) return;
    if (known !== undefined) throw new Violation(`${known} and ${member.name} lead in term ${term}`);
    this.#leaders.set(term, member.name);
    const first = Number(member.raft.status().firstIndex);
    for (let index = first; index < this.#committed.length; index += 1) {
      if (member.raft.termAt(BigInt(index)) === this.#committed[index]) continue;
      throw new Violation(`leader ${member.name} of term ${term} lacks the committed entry ${index}`);
    }
  }

  /** What commits is on the disks of a majority at that moment. */
  #checkStored(index: bigint, term: bigint, { voters, votersOutgoing }: Configuration): void {
    const holders = this.#members().filter(({ disk }) => {
      if (index <= (disk.snapshot?.index ?? 0n)) return true;
      return disk.entries.find((entry) => entry.index === index)?.term === term;
    });
    for (const set of [voters, votersOutgoing]) {
      if (set.length === 0 || holders.filter(({ name }) => set.includes(name)).length * 2 > set.length) continue;
      throw new Violation(`entry ${index} commits on the disks of ${holders.map(({ name }) => name).join(', ')} only`);
    }
  }
}
