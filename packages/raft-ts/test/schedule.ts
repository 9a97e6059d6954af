/**
 * One random schedule: a cluster under a seed with loss, duplication, reordering, slow disks, crashes that lose everything that was not
 * written, cut links and hasty callers; then all faults stop, and the cluster has to come to rest and serve.
 */
import { votersOnly } from '../src/configuration.js';
import type { ConfigChange, MemberChange, Message, ProposeResult, TraceEvent } from '../src/index.js';
import { TraceChecker } from '../src/trace-check/index.js';
import { SafetyChecker, Violation } from './checker.js';
import { emptyDisk, Member } from './member.js';
import { Prng } from './prng.js';

const STEPS = 10_000;
/** Members that are in no configuration at first. */
const JOINERS = ['x', 'y'];
const CALM_ROUNDS_MAX = 120;
const NETWORK_MAX = 400;

/** What a schedule went through; tests look at the sums, so that the rare cases are known to happen. */
export interface Outcome {
  readonly committed: number;
  /** Terms that had a leader. */
  readonly leaders: number;
  /** Readys that cut the stored log, and those among them while an older write was under way. */
  readonly truncations: number;
  readonly truncationsInFlight: number;
  /** Snapshots installed from a leader. */
  readonly snapshots: number;
  /** Configurations that came into effect behind the first. */
  readonly configurations: number;
  /** Reads that were answered. */
  readonly reads: number;
  readonly calmRounds: number;
}

export class Schedule {
  readonly #random: Prng;
  readonly #members: Member[];
  readonly #checker: SafetyChecker;
  /** How often links change and disks work: differs from seed to seed. */
  readonly #climate: { readonly cutPerMille: number; readonly writePerMille: number };
  readonly #cut = new Set<string>();
  #network: Message[] = [];
  #proposals = 0;
  #readsAsked = 0;
  #reads = 0;
  readonly #trace = new TraceChecker();
  readonly #mayChange: boolean;

  constructor(seed: number, { mayChange = false } = {}) {
    this.#random = new Prng(seed);
    this.#mayChange = mayChange;
    const names = ['a', 'b', 'c', 'd', 'e'].slice(0, this.#random.pick([1, 2, 3, 3, 3, 4, 5, 5]));
    const members: Member[] = [];
    this.#checker = new SafetyChecker(() => members, mayChange);
    this.#climate = { cutPerMille: this.#random.pick([2, 6, 18]), writePerMille: this.#random.pick([15, 50, 150]) };
    const limits = { appendBytesMax: this.#random.pick([1, 8, 1000]), inflightMax: this.#random.pick([1, 2, 64]) };
    const random = (bound: number) => this.#random.below(bound);
    const trace = (event: TraceEvent) => {
      if (event.type === 'read-state') this.#reads += 1;
      this.#trace.take(event);
    };
    const send = (message: Message) => this.#network.push(message);
    for (const name of mayChange ? [...names, ...JOINERS] : names) {
      const options = { name, members: names, electionTicks: 6, heartbeatTicks: 2, random, trace, ...limits };
      const disk = mayChange ? { ...emptyDisk(), configuration: votersOnly(names) } : emptyDisk();
      const member = new Member(options, disk, send, this.#checker);
      // Half of the members apply when they get round to it.
      member.isLazy = mayChange && this.#random.oneIn(2);
      members.push(member);
    }
    this.#members = members;
  }

  run(): Outcome {
    for (let step = 0; step < STEPS; step += 1) {
      this.#faultyStep();
      for (const member of this.#members) this.#checker.observe(member);
    }
    return this.#calm();
  }

  #faultyStep(): void {
    const member = this.#random.pick(this.#members);
    const { cutPerMille, writePerMille } = this.#climate;
    const dice = this.#random.below(1000);
    if (dice < cutPerMille) this.#toggleLink();
    else if (dice < 20) {
      if (this.#random.oneIn(4)) this.#crashOrStart(member);
    } else if (!member.isUp) {
      if (this.#random.oneIn(8)) member.start();
    } else if (dice < 460) this.#deliver();
    else if (dice < 560) member.raft.tick();
    else if (dice < 600) member.apply(1 + this.#random.below(4));
    else if (dice < 740) member.takeReady();
    else if (dice < 740 + writePerMille) member.write(1 + this.#random.below(3));
    else if (dice < 960) {
      this.#propose(member);
      // Often, so that leaders which were replaced and do not know are asked for reads; but a round of heartbeats tells the commit
      // index too, and where members change it should be known late.
      if (!this.#mayChange && this.#random.oneIn(3)) this.#read(member);
    } else this.#call(member);
  }

  #call(member: Member): void {
    const peer = this.#random.pick(this.#members).name;
    switch (this.#random.below(this.#mayChange ? 13 : 10)) {
      case 0:
        member.raft.campaign();
        return;
      case 1:
      case 2:
        member.raft.leaderLost(peer);
        return;
      case 3:
        member.raft.transferLeadership(peer);
        return;
      case 4:
        member.raft.peerReachable(peer);
        return;
      case 5:
        member.raft.peerUnreachable(peer);
        return;
      case 6:
        member.raft.snapshotFailed(peer);
        return;
      case 7:
        this.#read(member);
        return;
      case 8:
      case 9:
        member.compact();
        return;
      default:
        this.#change(this.#members.find((each) => each.isUp && each.raft.status().role === 'leader') ?? member);
    }
  }

  #read(member: Member): void {
    this.#readsAsked += 1;
    member.raft.readIndex(`r${this.#readsAsked}`);
  }

  /** A change at random, most of them possible. */
  #change(member: Member): void {
    const { configuration } = member.raft.status();
    const leaves = configuration.votersOutgoing.length > 0 && this.#random.oneIn(2);
    const change = (): MemberChange => {
      const { name } = this.#random.pick(this.#members);
      const isFew = configuration.voters.length < 3;
      return { kind: this.#random.pick(['add-voter', 'add-learner', isFew ? 'add-voter' : 'remove']), name };
    };
    const changes = leaves ? [] : Array.from({ length: this.#random.pick([1, 1, 1, 2, 3]) }, change);
    const transition: ConfigChange['transition'] = this.#random.pick([
      'auto',
      'auto',
      'joint-implicit',
      'joint-explicit',
    ]);
    member.raft.proposeConfigChange({ changes, transition });
  }

  #propose(member: Member): ProposeResult {
    this.#proposals += 1;
    return member.raft.propose(new TextEncoder().encode(`p${this.#proposals}`));
  }

  #crashOrStart(member: Member): void {
    if (member.isUp) member.crash();
    else member.start();
  }

  #toggleLink(): void {
    if (this.#random.oneIn(3)) {
      this.#cut.clear();
      return;
    }
    if (this.#random.oneIn(2)) {
      this.#isolateLeader();
      return;
    }
    // Half of the cuts are one-way.
    const [from, to] = [this.#random.pick(this.#members).name, this.#random.pick(this.#members).name];
    this.#cut.add(`${from}>${to}`);
    if (this.#random.oneIn(2)) this.#cut.add(`${to}>${from}`);
  }

  /** A leader that is cut off goes on taking proposals; the others, told of the reset or not, elect another. */
  #isolateLeader(): void {
    const leader = this.#members.find((member) => member.isUp && member.raft.status().role === 'leader');
    if (leader === undefined) return;
    const areTold = this.#random.oneIn(2);
    for (const other of this.#members) {
      if (other === leader) continue;
      this.#cut.add(`${leader.name}>${other.name}`).add(`${other.name}>${leader.name}`);
      if (!areTold || !other.isUp) continue;
      other.raft.leaderLost(leader.name);
      other.raft.campaign();
    }
  }

  #deliver(): void {
    if (this.#network.length > NETWORK_MAX) this.#network.splice(0, NETWORK_MAX / 2);
    if (this.#network.length === 0) return;
    // Mostly near the front: mild reordering is the common case, wild reordering the rare one.
    const reach = this.#random.oneIn(10) ? this.#network.length : Math.min(3, this.#network.length);
    const position = this.#random.below(reach);
    const [message] = this.#random.oneIn(20) ? [this.#network[position]] : this.#network.splice(position, 1);
    if (message === undefined || this.#random.oneIn(25)) return;
    this.#hand(message);
  }

  #hand(message: Message): void {
    if (this.#cut.has(`${message.from}>${message.to}`)) return;
    const target = this.#members.find(({ name }) => name === message.to);
    if (target?.isUp === true) target.raft.step(message);
  }

  /** The one of the newest term: a leader that was removed while it was cut off leads its old term for a while yet. */
  #leader(): Member | undefined {
    const leaders = this.#members.filter(({ raft }) => raft.status().role === 'leader');
    return leaders.sort((a, b) => (a.raft.term > b.raft.term ? -1 : 1))[0];
  }

  /** No more faults: a leader emerges, a new proposal commits, and everybody applies it. */
  #calm(): Outcome {
    this.#cut.clear();
    for (const member of this.#members) if (!member.isUp) member.start();
    let proposed: { readonly index: bigint; readonly term: bigint } | undefined;
    for (let round = 1; round <= CALM_ROUNDS_MAX; round += 1) {
      for (const member of this.#members) member.raft.tick();
      this.#settle();
      const leader = this.#leader();
      if (leader === undefined) continue;
      // A leader that was cut off may have taken the proposal before it learnt that its term is over.
      if (proposed?.term !== leader.raft.status().term) {
        const result = this.#propose(leader);
        proposed = result.kind === 'proposed' ? result : undefined;
        continue;
      }
      const { index } = proposed;
      const { configuration } = leader.raft.status();
      const { voters, votersOutgoing, learners } = configuration;
      if (votersOutgoing.length > 0) {
        leader.raft.proposeConfigChange({ changes: [], transition: 'auto' });
        continue;
      }
      const members = this.#members.filter(({ name }) => voters.includes(name) || learners.includes(name));
      if (members.every(({ appliedIndex }) => appliedIndex >= index)) {
        const configurations = this.#trace.summary().configurations - 1;
        return { ...this.#checker.counts(), configurations, reads: this.#reads, calmRounds: round };
      }
    }
    throw new Violation(`no new proposal committed everywhere in ${CALM_ROUNDS_MAX} calm rounds`);
  }

  #settle(): void {
    for (let turn = 0; turn < 50; turn += 1) {
      let busy = false;
      for (const member of this.#members) {
        while (member.takeReady()) busy = true;
        while (member.apply()) busy = true;
        while (member.write()) busy = true;
        this.#checker.observe(member);
      }
      const messages = this.#network;
      this.#network = [];
      for (const message of messages) {
        this.#hand(message);
        busy = true;
      }
      for (const member of this.#members) this.#checker.observe(member);
      if (!busy) return;
    }
  }
}
