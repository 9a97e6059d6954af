/**
 * Runs a script of commands against a cluster in memory and says, line by line, what happened. Nothing is left to chance:
 * members act in order, messages arrive in the order they were sent, and `random` is the member's place in the list.
 */
import { type Configuration, votersOnly } from '../src/configuration.js';
import type { ConfigChange, Entry, MemberChange, Message, RaftOptions, Ready, TraceEvent } from '../src/index.js';
import { emptyDisk, Member, type Observer } from './member.js';
import { entries as entriesOf, text } from './solo.js';

const TURNS_MAX = 100;

export class Transcript {
  readonly #members = new Map<string, Member>();
  readonly #cut = new Set<string>();
  readonly #stalled = new Set<string>();
  /** What all members did. */
  readonly trace: TraceEvent[] = [];
  #names: string[] = [];
  /** Members that are in no configuration at first. */
  #joiners: string[] = [];
  #options: Partial<RaftOptions> = {};
  #network: Message[] = [];
  #lines: string[] = [];

  /** Runs every `> command` of a script; everything else but comments and empty lines is replaced by what happened. */
  run(script: string): string {
    const result: string[] = [];
    for (const line of script.split('\n')) {
      if (line === '' || line.startsWith('#')) result.push(line);
      if (line.startsWith('> ')) result.push(line, ...this.#command(line.slice(2).split(' ')));
    }
    return result.join('\n');
  }

  #command(words: readonly string[]): string[] {
    this.#lines = [];
    const [verb = '', ...rest] = words;
    const [first = '', second = ''] = rest;
    switch (verb) {
      case 'members':
        this.#names = rest;
        break;
      case 'joiners':
        this.#joiners = rest;
        this.#names = [...this.#names, ...rest];
        break;
      case 'options':
        for (const option of rest) {
          const [key = '', value = ''] = option.split('=');
          this.#options = { ...this.#options, [key]: value === 'false' ? false : Number(value) };
        }
        break;
      case 'turns':
        for (let i = 0; i < Number(first); i += 1) this.#turn();
        break;
      case 'change':
        this.#change(first, rest.slice(1));
        break;
      case 'restore':
        this.#start(rest);
        break;
      case 'run':
        this.#settle(first === 'quietly');
        break;
      case 'cut':
        for (const a of this.#named(first)) for (const b of rest.slice(1)) this.#cut.add(`${a}>${b}`).add(`${b}>${a}`);
        break;
      case 'heal':
        this.#cut.clear();
        break;
      case 'tick':
        for (let i = 0; i < Number(second || '1'); i += 1)
          for (const name of this.#named(first)) this.#at(name).raft.tick();
        break;
      case 'rounds':
        for (let i = 0; i < Number(first); i += 1) this.#round();
        break;
      case 'ignored':
        for (const name of this.#named('all')) this.#say(`${name} has ignored ${this.#at(name).raft.status().ignored}`);
        break;
      case 'status':
        for (const name of this.#names) this.#status(name);
        break;
      default:
        this.#call(verb, first, second);
    }
    return this.#lines;
  }

  #call(verb: string, name: string, argument: string): void {
    const member = this.#at(name);
    switch (verb) {
      case 'campaign':
        member.raft.campaign();
        return;
      case 'lost':
        member.raft.leaderLost(argument);
        return;
      case 'reachable':
        member.raft.peerReachable(argument);
        return;
      case 'unreachable':
        member.raft.peerUnreachable(argument);
        return;
      case 'snapshot-failed':
        member.raft.snapshotFailed(argument);
        return;
      case 'read':
        this.#say(member.raft.readIndex(argument) ? 'asked' : 'refused');
        return;
      case 'lazy':
        member.isLazy = true;
        return;
      case 'apply':
        member.apply(Number(argument || '1'));
        return;
      case 'transfer':
        this.#say(`${member.raft.transferLeadership(argument)}`);
        return;
      case 'propose': {
        const result = member.raft.propose(text(argument));
        this.#say(result.kind === 'proposed' ? `proposed ${result.index}/${result.term}` : `dropped: ${result.reason}`);
        return;
      }
      case 'compact':
        member.compact();
        return;
      case 'crash':
        member.crash();
        return;
      case 'start':
        member.start();
        return;
      case 'stall':
        this.#stalled.add(name);
        return;
      case 'resume':
        this.#stalled.delete(name);
        return;
      default:
        throw new Error(`unknown command ${verb}`);
    }
  }

  /** `change a joint-explicit add-voter:d remove:a`; `change a leave` */
  #change(name: string, [transition = '', ...words]: readonly string[]): void {
    const changes = words.map((word) => {
      const [kind = '', who = ''] = word.split(':');
      // A script that names another kind is refused by the core, which the transcript then shows.
      return { kind: kind as MemberChange['kind'], name: who };
    });
    const how = transition === 'leave' ? 'auto' : (transition as ConfigChange['transition']);
    const result = this.#at(name).raft.proposeConfigChange({ changes, transition: how });
    if (result.kind === 'proposed') this.#say(`proposed ${result.index}/${result.term}`);
    else this.#say(`dropped: ${result.reason}${result.reason === 'change-invalid' ? `, ${result.problem}` : ''}`);
  }

  /** `restore a term=7 log=1,1,4 [commit=2]` */
  #start([name = '', ...settings]: readonly string[]): void {
    const given = new Map(settings.map((setting) => setting.split('=') as [string, string]));
    const disk = emptyDisk();
    disk.hardState = {
      term: BigInt(given.get('term') ?? 0),
      vote: undefined,
      commit: BigInt(given.get('commit') ?? 0),
    };
    const terms = given.get('log')?.split(',').map(BigInt) ?? [];
    disk.entries = entriesOf(1n, ...terms);
    this.#create(name, disk);
  }

  #create(name: string, disk = emptyDisk()): Member {
    const place = this.#names.indexOf(name);
    const voters = this.#names.filter((each) => !this.#joiners.includes(each));
    if (this.#joiners.length > 0) disk.configuration = votersOnly(voters);
    const options = {
      ...this.#options,
      name,
      members: voters,
      trace: (event: TraceEvent) => this.trace.push(event),
      electionTicks: 10,
      heartbeatTicks: 1,
      random: (bound: number) => place % bound,
    };
    const member = new Member(options, disk, (message) => this.#network.push(message), this.#observer());
    this.#members.set(name, member);
    return member;
  }

  #at(name: string): Member {
    return this.#members.get(name) ?? this.#create(name);
  }

  #named(name: string): readonly string[] {
    return name === 'all' ? this.#names.filter((each) => this.#at(each).isUp) : [name];
  }

  /** Until nobody has anything to do: take Readys, write, deliver. */
  #settle(isQuiet: boolean): void {
    const before = this.#lines;
    this.#lines = [];
    for (let turn = 0; turn < TURNS_MAX && this.#turn(); turn += 1);
    this.#lines = [...before, ...this.#lines.filter((line) => !isQuiet || ROLE.test(line))];
  }

  /** One tick of everybody, and what follows from it; only changes of role are told. */
  #round(): void {
    for (const name of this.#named('all')) this.#at(name).raft.tick();
    this.#settle(true);
  }

  #turn(): boolean {
    let busy = false;
    for (const name of this.#named('all')) {
      const member = this.#at(name);
      while (member.takeReady()) busy = true;
      while (!this.#stalled.has(name) && member.write()) busy = true;
    }
    const messages = this.#network;
    this.#network = [];
    for (const message of messages) this.#deliver(message);
    return busy || messages.length > 0;
  }

  #deliver(message: Message): void {
    const isLost = this.#cut.has(`${message.from}>${message.to}`) || !this.#at(message.to).isUp;
    this.#say(`${message.from} ${isLost ? '-x' : '->'} ${message.to}  ${describe(message)}`);
    if (!isLost) this.#at(message.to).raft.step(message);
  }

  #observer(): Observer {
    return {
      onConfigured: ({ name }, configuration) => this.#say(`${name} is in ${show(configuration)}`),
      onReady: (member, ready) => this.#tellReady(member, ready),
      onWritten: ({ name }, { hardState, truncateFrom, entries, snapshot }) => {
        const parts: string[] = [];
        if (hardState !== undefined) parts.push(`term ${hardState.term}`, `vote ${hardState.vote ?? '-'}`);
        if (snapshot !== undefined) parts.push(`snapshot at ${snapshot.index}/${snapshot.term}`);
        if (truncateFrom !== undefined) parts.push(`cut at ${truncateFrom}`);
        if (entries.length > 0) parts.push(`entries ${list(entries)}`);
        if (parts.length > 0) this.#say(`${name} wrote ${parts.join(', ')}`);
      },
    };
  }

  #tellReady({ name }: Member, { softState, committed, snapshot, readStates }: Ready): void {
    if (softState !== undefined) {
      const { role, term, leader } = softState;
      const of = role === 'follower' ? ` of ${leader ?? 'nobody'}` : '';
      this.#say(`${name} is ${role}${of}, term ${term}`);
    }
    if (snapshot !== undefined) this.#say(`${name} takes over the state at ${snapshot.index}`);
    if (committed.length > 0) this.#say(`${name} applies ${list(committed)}`);
    for (const { context, index } of readStates) this.#say(`${name} may read ${context} at ${index}`);
  }

  #status(name: string): void {
    const member = this.#at(name);
    if (!member.isUp) {
      this.#say(`${name} is down`);
      return;
    }
    const { role, term, commit, firstIndex, lastIndex } = member.raft.status();
    const terms: bigint[] = [];
    for (let index = firstIndex; index <= lastIndex; index += 1n) terms.push(member.raft.termAt(index) ?? -1n);
    const from = firstIndex === 1n ? '' : ` from ${firstIndex}`;
    this.#say(`${name} ${role} term ${term} commit ${commit} log${from} [${terms.join(' ')}]`);
  }

  #say(line: string): void {
    this.#lines.push(line);
  }
}

const ROLE = / is (follower|pre-candidate|candidate|leader|in)/;

/** `(a b)(a b c) learners (d)`: the voters, the outgoing voters of a joint configuration, and who has no vote. */
function show({ voters, votersOutgoing, learners, learnersNext }: Configuration): string {
  const outgoing = votersOutgoing.length === 0 ? '' : `(${votersOutgoing.join(' ')})`;
  const without = learners.length === 0 ? '' : ` learners (${learners.join(' ')})`;
  const next = learnersNext.length === 0 ? '' : ` learners next (${learnersNext.join(' ')})`;
  return `(${voters.join(' ')})${outgoing}${without}${next}`;
}

function list(all: readonly Entry[]): string {
  return all.map(({ index, term, kind }) => `${index}/${term}${kind === 'config' ? ' config' : ''}`).join(' ');
}

function describe(message: Message): string {
  const head = `${message.type}, term ${message.term}`;
  switch (message.type) {
    case 'pre-vote':
    case 'vote':
      return `${head}: log ends at ${message.lastIndex}/${message.lastTerm}${message.force ? ', forced' : ''}`;
    case 'pre-vote-reply':
    case 'vote-reply': {
      const { granted, commit } = message;
      return `${head}: ${granted ? 'granted' : 'refused'}${commit === undefined ? '' : `, commit ${commit}`}`;
    }
    case 'append': {
      const { previousIndex, previousTerm, entries, commit } = message;
      return `${head}: after ${previousIndex}/${previousTerm} [${list(entries)}], commit ${commit}`;
    }
    case 'append-reply': {
      const { index, accepted, hintIndex, hintTerm } = message;
      return `${head}: ${accepted ? `accepted ${index}` : `refused ${index}, try ${hintIndex}/${hintTerm}`}`;
    }
    case 'heartbeat':
      return `${head}: commit ${message.commit}${read(message.readSequence)}`;
    case 'heartbeat-reply':
      return `${head}${read(message.readSequence)}`;
    case 'snapshot':
      return `${head}: at ${message.snapshot.index}/${message.snapshot.term}`;
    case 'read-index':
      return `${head}: ${message.context}`;
    case 'read-index-reply':
      return `${head}: ${message.context} at ${message.index}`;
    case 'timeout-now':
      return head;
  }
}

function read(sequence: bigint | undefined): string {
  return sequence === undefined ? '' : `, read ${sequence}`;
}
