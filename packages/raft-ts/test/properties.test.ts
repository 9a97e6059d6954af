/** Quorum arithmetic and the journal against models too simple to be wrong. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { votersOnly } from '../src/configuration.js';
import type { Entry, Ready, Snapshot } from '../src/index.js';
import { Journal } from '../src/journal.js';
import { RaftLog } from '../src/log.js';
import { isQuorum, jointQuorumIndex, quorumIndex, quorumSize, VoteTally } from '../src/quorum.js';
import { text } from './solo.js';

describe('quorum arithmetic', () => {
  it('any two quorums of one cluster share a member, and half is none', () => {
    for (let members = 1; members <= 15; members += 1) {
      expect(2 * quorumSize(members)).toBeGreaterThan(members);
      expect(2 * (quorumSize(members) - 1)).toBeLessThanOrEqual(members);
    }
  });

  it('the quorum index is the highest that a majority has reached', () => {
    const matches = fc.array(fc.bigInt(0n, 20n), { minLength: 1, maxLength: 15 });
    fc.assert(
      fc.property(matches, (all) => {
        const reached = (index: bigint) => all.filter((match) => match >= index).length * 2 > all.length;
        let naive = 0n;
        for (let index = 1n; index <= 20n; index += 1n) if (reached(index)) naive = index;
        expect(quorumIndex([...all])).toBe(naive);
      }),
    );
  });

  it('an election is won, lost or pending by counting all ways in which the silent may vote', () => {
    const votes = fc.array(fc.constantFrom(true, false, undefined), { minLength: 1, maxLength: 15 });
    fc.assert(
      fc.property(votes, (all) => {
        const tally = new VoteTally({ voters: all.map((_, i) => `m${i}`), votersOutgoing: [] });
        all.forEach((vote, i) => {
          if (vote !== undefined) tally.record(`m${i}`, vote);
        });
        const wins = (silentVote: boolean) => all.filter((vote) => vote ?? silentVote).length * 2 > all.length;
        const naive = wins(false) ? 'won' : wins(true) ? 'pending' : 'lost';
        expect(tally.result()).toBe(naive);
      }),
    );
  });
});

const names = ['a', 'b', 'c', 'd', 'e'];
const set = fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 5 });
const jointVoters = fc.record({ voters: set, votersOutgoing: fc.oneof(fc.constant<string[]>([]), set) });

describe('joint quorum arithmetic (§4.3)', () => {
  const isNaiveQuorum = (sets: readonly (readonly string[])[], has: (name: string) => boolean) =>
    sets.every((each) => each.length === 0 || each.filter(has).length * 2 > each.length);

  it('a quorum is a majority of each set that is there', () => {
    fc.assert(
      fc.property(jointVoters, fc.uniqueArray(fc.constantFrom(...names)), (both, present) => {
        const has = (name: string) => present.includes(name);
        expect(isQuorum(both, has)).toBe(isNaiveQuorum([both.voters, both.votersOutgoing], has));
      }),
    );
  });

  it('the quorum index is the highest that a quorum has reached', () => {
    const reachedBy = fc.record(Object.fromEntries(names.map((name) => [name, fc.bigInt(0n, 9n)])));
    fc.assert(
      fc.property(jointVoters, reachedBy, (both, reached) => {
        let naive = 0n;
        for (let index = 1n; index <= 9n; index += 1n) {
          if (isNaiveQuorum([both.voters, both.votersOutgoing], (name) => (reached[name] ?? 0n) >= index))
            naive = index;
        }
        expect(jointQuorumIndex(both, (name) => reached[name] ?? 0n)).toBe(naive);
      }),
    );
  });

  it('an election is won, lost or pending by counting all ways in which the silent may vote', () => {
    const votes = fc.record(Object.fromEntries(names.map((name) => [name, fc.constantFrom(true, false, undefined)])));
    fc.assert(
      fc.property(jointVoters, votes, (both, all) => {
        const tally = new VoteTally(both);
        for (const [name, vote] of Object.entries(all)) if (vote !== undefined) tally.record(name, vote);
        const wins = (silent: boolean) =>
          isNaiveQuorum([both.voters, both.votersOutgoing], (name) => all[name] ?? silent);
        expect(tally.result()).toBe(wins(false) ? 'won' : wins(true) ? 'pending' : 'lost');
      }),
    );
  });
});

describe('the log', () => {
  it('is what a plain array of entries is, whatever is appended, cut, compacted or restored', () => {
    const step = fc.record({
      what: fc.constantFrom('append', 'append', 'append', 'truncate', 'compact', 'restore'),
      at: fc.nat({ max: 8 }),
      bytes: fc.nat({ max: 5 }),
      isConfig: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const log = new RaftLog(undefined, []);
        let naive: Entry[] = [];
        /** The index of what was compacted or restored. */
        let begin = 0;
        for (const { what, at, bytes, isConfig } of steps) {
          const last = begin + naive.length;
          const term = BigInt(1 + bytes);
          const place = Math.min(begin + 1 + at, last);
          if (what === 'append') {
            const newTerm = naive.at(-1)?.term ?? log.lastTerm;
            const plain = {
              index: BigInt(last + 1),
              term: newTerm > term ? newTerm : term,
              data: new Uint8Array(bytes),
            };
            const entry: Entry = isConfig ? { ...plain, kind: 'config' } : plain;
            log.append([entry]);
            naive.push(entry);
          } else if (what === 'restore') {
            begin = last + at;
            naive = [];
            log.restore({ index: BigInt(begin), term: log.lastTerm + 1n, data: new Uint8Array(0) });
          } else if (place > begin && what === 'truncate') {
            log.truncate(BigInt(place));
            naive = naive.slice(0, place - begin - 1);
          } else if (place > begin) {
            log.compact(BigInt(place), new Uint8Array(0), votersOnly(['a']));
            naive = naive.slice(place - begin);
            begin = place;
          }
          expect(log.firstIndex).toBe(BigInt(begin + 1));
          expect(log.lastIndex).toBe(BigInt(begin + naive.length));
          expect(log.slice(log.firstIndex, log.lastIndex)).toEqual(naive);
          const configs = naive.filter(({ kind }) => kind === 'config').map(({ index }) => index);
          expect(log.lastConfigIndex).toBe(configs.at(-1) ?? 0n);
          expect(log.configIndexAfter(BigInt(begin + at))).toBe(configs.find((index) => index > BigInt(begin + at)));
          const from = Math.min(at, naive.length);
          let sum = 0;
          const fits = naive.slice(from).filter((entry, i) => {
            sum += entry.data.length;
            return i === 0 || sum <= bytes;
          });
          expect(log.sliceBytes(BigInt(begin + 1 + from), bytes)).toEqual(fits);
        }
      }),
      { numRuns: 500 },
    );
  });
});

type Command =
  | { readonly kind: 'append'; readonly count: number; readonly termsUp: number }
  | { readonly kind: 'overwrite'; readonly back: number; readonly termsUp: number }
  | { readonly kind: 'restore'; readonly ahead: number }
  | { readonly kind: 'take' }
  | { readonly kind: 'write'; readonly count: number }
  | { readonly kind: 'compact'; readonly back: number };

const small = fc.integer({ min: 0, max: 3 });
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('append' as const), count: small, termsUp: small }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('overwrite' as const), back: small, termsUp: small }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restore' as const), ahead: small }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('take' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('write' as const), count: small }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('compact' as const), back: small }) },
);

type Write = Pick<Ready, 'ticket' | 'truncateFrom' | 'entries' | 'snapshot'>;

/** A log is an array of terms with a hole at 0; the disk is another, changed by exactly what was taken. */
class JournalModel {
  readonly journal = new Journal(new RaftLog(undefined, []), { term: 0n, vote: undefined, commit: 0n });
  memory: bigint[] = [0n];
  disk: bigint[] = [0n];
  /** Each write has an identity: an equal entry written again is another thing on disk than the first. */
  #memoryIds: number[] = [0];
  #diskIds: number[] = [0];
  #pending: Write[] = [];
  #ids = new Map<Entry | Snapshot, number>();
  #ticket = 0n;
  #term = 1n;
  /** As a core would: nothing at or below this is ever replaced. */
  #settled = 0;

  run(next: Command): void {
    const { log } = this.journal;
    switch (next.kind) {
      case 'append':
        this.#term += BigInt(next.termsUp);
        for (let i = 0; i < next.count; i += 1) this.#append();
        break;
      case 'overwrite': {
        const from = this.memory.length - 1 - next.back;
        if (from <= this.#settled || from < Number(log.firstIndex) || from >= this.memory.length) break;
        this.#term += BigInt(next.termsUp);
        this.journal.truncate(BigInt(from));
        this.memory.length = from;
        this.#memoryIds.length = from;
        this.#append();
        break;
      }
      case 'restore': {
        const index = this.memory.length + next.ahead;
        const snapshot = { index: BigInt(index), term: this.#term, data: text('') };
        this.journal.restore(snapshot);
        this.memory = [0n, ...Array<bigint>(index).fill(this.#term)];
        this.#memoryIds = [0, ...Array<number>(index).fill(this.#identify(snapshot))];
        this.#settled = index;
        break;
      }
      case 'take':
        this.#take();
        break;
      case 'write':
        this.#write(next.count);
        break;
      case 'compact': {
        const index = this.journal.durableIndex - BigInt(next.back);
        if (index < log.firstIndex) break;
        this.journal.compact(index, text(''), votersOnly(['a']));
        this.#settled = Math.max(this.#settled, Number(index));
        break;
      }
    }
    this.#compare();
  }

  #append(): void {
    const entry: Entry = { index: BigInt(this.memory.length), term: this.#term, data: text('') };
    this.journal.append([entry]);
    this.memory.push(entry.term);
    this.#memoryIds.push(this.#identify(entry));
  }

  #identify(written: Entry | Snapshot): number {
    const id = this.#ids.get(written) ?? this.#ids.size + 1;
    this.#ids.set(written, id);
    return id;
  }

  #take(): void {
    const work = this.journal.take();
    this.#ticket += 1n;
    this.journal.await(this.#ticket, { term: this.#term, vote: undefined });
    this.#pending.push({ ticket: this.#ticket, ...work });
  }

  #write(count: number): void {
    const batch = this.#pending.splice(0, count);
    for (const { truncateFrom, entries, snapshot } of batch) {
      if (snapshot !== undefined) {
        // What a snapshot stands for is on disk with that snapshot only.
        this.disk = [0n, ...Array<bigint>(Number(snapshot.index)).fill(snapshot.term)];
        this.#diskIds = [0, ...Array<number>(Number(snapshot.index)).fill(this.#identify(snapshot))];
      }
      if (truncateFrom !== undefined) {
        this.disk.length = Number(truncateFrom);
        this.#diskIds.length = Number(truncateFrom);
      }
      for (const entry of entries) {
        expect(entry.index).toBe(BigInt(this.disk.length));
        this.disk.push(entry.term);
        this.#diskIds.push(this.#identify(entry));
      }
    }
    const last = batch.at(-1);
    if (last !== undefined) this.journal.persisted(last.ticket);
  }

  #compare(): void {
    const { log, durableIndex } = this.journal;
    expect(log.lastIndex).toBe(BigInt(this.memory.length - 1));
    for (let index = Number(log.firstIndex); index < this.memory.length; index += 1) {
      expect(log.termAt(BigInt(index))).toBe(this.memory[index]);
    }
    let common = 0;
    while (common + 1 < this.#memoryIds.length && this.#memoryIds[common + 1] === this.#diskIds[common + 1])
      common += 1;
    expect(Number(durableIndex)).toBe(common);
  }
}

describe('the journal', () => {
  it('knows at every moment how far the disk has what the memory has', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        const model = new JournalModel();
        for (const next of commands) model.run(next);
      }),
      { numRuns: 1500 },
    );
  });

  it('finds where two logs may agree as a plain search does', () => {
    const terms = fc.array(fc.bigInt(1n, 5n), { maxLength: 12 }).map((all) => all.sort((a, b) => Number(a - b)));
    fc.assert(
      fc.property(terms, fc.bigInt(0n, 15n), fc.bigInt(0n, 6n), (all, index, term) => {
        const log = new RaftLog(
          undefined,
          all.map((t, i) => ({ index: BigInt(i + 1), term: t, data: text('') })),
        );
        let naive = 0n;
        all.forEach((t, i) => {
          if (BigInt(i + 1) <= index && t <= term) naive = BigInt(i + 1);
        });
        expect(log.lastIndexOfTermAtMost(index, term)).toBe(naive);
      }),
    );
  });
});
