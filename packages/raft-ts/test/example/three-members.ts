import { createRaft, type Entry, type Message, type Raft, type Snapshot } from 'raft-ts';

const NAMES = ['a', 'b', 'c'];

/** What a member keeps: the core, its disk, and the state that its committed entries make. */
class Member {
  disk = { hardState: { term: 0n, vote: undefined as string | undefined, commit: 0n }, entries: [] as Entry[] };
  snapshot: Snapshot | undefined;
  applied: string[] = [];
  raft: Raft;

  constructor(name: string) {
    const random = (bound: number) => Math.floor(Math.random() * bound);
    const options = { name, members: NAMES, electionTicks: 10, heartbeatTicks: 1, random };
    this.raft = createRaft(options, { ...this.disk, snapshot: this.snapshot });
  }

  /** Performs every Ready in the order that duties 3 to 8 ask for. */
  work(send: (messages: readonly Message[]) => void): void {
    while (this.raft.hasReady()) {
      const ready = this.raft.ready();
      send(ready.messages); // at once: before anything is written
      for (const entry of ready.committed) this.apply(entry);
      for (const { context, index } of ready.readStates) console.log(`${context}: state as of ${index}`);
      if (!ready.mustPersist) continue;
      if (ready.hardState !== undefined) this.disk.hardState = ready.hardState;
      if (ready.truncateFrom !== undefined) this.disk.entries.length = Number(ready.truncateFrom) - 1;
      this.disk.entries.push(...ready.entries); // a real caller writes and syncs, and does not wait for it here
      this.raft.persisted(ready.ticket);
      send(ready.messagesAfterPersist);
    }
  }

  apply(entry: Entry): void {
    if (entry.kind === 'config') this.raft.applyConfigChange(entry);
    else if (entry.data.length > 0) this.applied.push(new TextDecoder().decode(entry.data));
  }
}

const members = new Map(NAMES.map((name) => [name, new Member(name)]));

/** Everybody works, and what they send arrives, until nothing is left to do. */
function settle(): void {
  for (let busy = true; busy; ) {
    const network: Message[] = [];
    for (const member of members.values()) member.work((messages) => network.push(...messages));
    for (const message of network) members.get(message.to)?.raft.step(message);
    busy = network.length > 0;
  }
}

const a = members.get('a')?.raft as Raft;
a.campaign(); // a real caller only ticks: a campaign comes by itself
settle();
console.log(`${a.leader} leads term ${a.term}`);
console.log(a.propose(new TextEncoder().encode('hello')).kind);
settle();
members.get('b')?.raft.readIndex('read 1');
a.proposeConfigChange({ changes: [{ kind: 'add-learner', name: 'd' }], transition: 'auto' });
settle();
for (const [name, { applied, raft }] of members)
  console.log(`${name}: ${applied}, ${raft.status().configuration.learners}`);
