/**
 * Reads a trace of a cluster, event by event, and accepts only what Raft's rules allow. It knows nothing of how the core works: all that it
 * takes from there is the type of an event.
 *
 * The trace has the events of all members in an order in which causes precede effects: of one process, the order in which they came;
 * of several, any that puts a message's sending before its receiving, and a write before what it allows.
 */
import type { TraceEvent } from '../trace.js';
import { ClusterModel } from './cluster-model.js';
import { answerRead, askRead, commit } from './commit-rules.js';
import { configure, configureBySnapshot } from './configuration-rules.js';
import { persisted, restart, sendStored } from './disk-rules.js';
import { become, giveVote, sendVote } from './election-rules.js';
import { append, compact, restore, truncate } from './log-rules.js';
import { type Event, type MemberModel, newMember } from './member-model.js';
import { parseTraceEvent } from './parse.js';
import { Broken, hold, TraceViolation } from './violation.js';

/** What a trace that was accepted shows. */
export interface TraceSummary {
  readonly lines: number;
  /** Terms that had a leader. */
  readonly leaders: number;
  readonly committed: bigint;
  /** Configurations that came into effect, the first included. */
  readonly configurations: number;
}

/** Takes events one by one. */
export class TraceChecker {
  readonly #cluster = new ClusterModel();
  #lines = 0;

  /** @throws TraceViolation names the line and the rule */
  take(event: TraceEvent): void {
    this.#lines += 1;
    try {
      this.#take(event);
    } catch (error) {
      if (error instanceof Broken) throw new TraceViolation(this.#lines, error.rule, error.message);
      throw error;
    }
  }

  /** What was seen so far. */
  summary(): TraceSummary {
    const { leaders, lastCommitted, configurations } = this.#cluster;
    return {
      lines: this.#lines,
      leaders: leaders.size,
      committed: lastCommitted,
      configurations: configurations.length,
    };
  }

  #take(event: TraceEvent): void {
    const cluster = this.#cluster;
    const member = this.#member(event);
    switch (event.type) {
      case 'restart':
        restart(cluster, member, event);
        return;
      case 'become':
        become(cluster, member, event);
        return;
      case 'vote':
        giveVote(member, event);
        return;
      case 'append':
        append(cluster, member, event);
        return;
      case 'truncate':
        truncate(member, event);
        return;
      case 'restore':
        restore(cluster, member, event);
        configureBySnapshot(cluster, member, event);
        return;
      case 'compact':
        compact(cluster, member, event);
        return;
      case 'persisted':
        persisted(member, event);
        return;
      case 'commit':
        commit(cluster, member, event);
        return;
      case 'configuration':
        configure(cluster, member, event);
        return;
      case 'send':
        this.#send(member, event);
        return;
      case 'receive':
        this.#receive(member, event);
        return;
      case 'read-index':
        askRead(cluster, member, event);
        return;
      case 'read-state':
        answerRead(member, event);
        return;
      default:
        hold('trace-order', false, () => `an event of an unknown type ${JSON.stringify((event as TraceEvent).type)}`);
    }
  }

  #member(event: TraceEvent): MemberModel {
    const known = this.#cluster.members.get(event.member);
    if (known !== undefined) return known;
    hold('trace-order', event.type === 'restart', () => `${event.member} does something before it starts`);
    const member = newMember(event.member, event.configuration);
    this.#cluster.members.set(event.member, member);
    return member;
  }

  #send(member: MemberModel, event: Event<'send'>): void {
    const { message } = event;
    hold('trace-order', message.from === member.name, () => `${member.name} sends as ${message.from}`);
    sendStored(member, event);
    if (message.type === 'vote') sendVote(member, message.term, member.name);
    if (message.type === 'vote-reply' && message.granted) sendVote(member, message.term, message.to);
    this.#cluster.sent.add(identityOf(message));
  }

  #receive(member: MemberModel, { message }: Event<'receive'>): void {
    hold('trace-order', message.to === member.name, () => `${member.name} receives what is for ${message.to}`);
    const wasSent = this.#cluster.sent.has(identityOf(message));
    hold(
      'message-sent',
      wasSent,
      () => `${member.name} receives ${message.type} of ${message.from}, which was not sent`,
    );
    const isVote = message.type === 'vote-reply' && message.granted;
    if (isVote && message.term === member.term) member.grants.add(message.from);
  }
}

/**
 * Checks a whole trace.
 *
 * @param lines - NDJSON, one event a line, without line breaks; empty lines are passed over and counted
 * @throws TraceViolation names the line and the rule
 * @throws SyntaxError for a line that is no event
 */
export function checkTrace(lines: Iterable<string>): TraceSummary {
  const checker = new TraceChecker();
  let number = 0;
  for (const line of lines) {
    number += 1;
    if (line === '') continue;
    try {
      checker.take(parseTraceEvent(line));
    } catch (error) {
      // The checker counts events; whoever reads the file counts lines.
      if (error instanceof TraceViolation) throw new TraceViolation(number, error.rule, error.found);
      if (error instanceof SyntaxError) throw new SyntaxError(`line ${number}: ${error.message}`, { cause: error });
      throw error;
    }
  }
  return { ...checker.summary(), lines: number };
}

/** Equal exactly for equal messages. */
function identityOf(message: Event<'send'>['message']): string {
  const { type, from, to, term } = message;
  const head = `${type} ${from.length} ${from} ${to.length} ${to} ${term}`;
  switch (message.type) {
    case 'pre-vote':
    case 'vote':
      return `${head}:${message.lastIndex}/${message.lastTerm}/${message.force}`;
    case 'pre-vote-reply':
    case 'vote-reply':
      return `${head}:${message.granted}`;
    case 'append': {
      const { previousIndex, previousTerm, commit: upTo, entries } = message;
      const list = entries.map(({ index, term, kind, digest }) => `${index}/${term}/${kind}/${digest}`).join();
      return `${head}:${previousIndex}/${previousTerm}/${upTo}:${list}`;
    }
    case 'append-reply':
      return `${head}:${message.accepted}/${message.index}/${message.hintIndex}/${message.hintTerm}`;
    case 'heartbeat':
      return `${head}:${message.commit}/${message.readSequence}`;
    case 'heartbeat-reply':
      return `${head}:${message.readSequence}`;
    case 'snapshot':
      return `${head}:${message.snapshot.index}/${message.snapshot.term}`;
    case 'read-index':
      return `${head}:${message.context}`;
    case 'read-index-reply':
      return `${head}:${message.index}/${message.context}`;
    case 'timeout-now':
      return head;
  }
}
