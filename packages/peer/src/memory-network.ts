/**
 * The transport's in-memory twin: whole clusters in one process, without sockets, certificates or a clock of their own. Only
 * the streams are replaced; hello, pings, silence, redialling and the rule for two processes of one name are the very code of
 * the real transport. Everything happens in timers of the injected clock, so under a simulated clock that runs timers of
 * equal time in the order they were set, a run is a function of its seed. `stop` too resolves only as that clock advances.
 */

import type { PeerDependencies } from './dependencies.js';
import { PeerError } from './errors.js';
import { PROTOCOL_VERSION, PROTOCOL_VERSION_MIN } from './hello.js';
import { Link } from './link.js';
import { SILENCE_MS_DEFAULT } from './liveness.js';
import { MemoryPair, type MemoryRoute } from './memory-stream.js';
import { checkMemberOptions, type MemberOptions } from './options.js';
import type { PacketStream, PacketStreamEvents } from './packet-stream.js';
import type { PeerEvents, PeerStatus, PeerTransport } from './transport.js';

export interface MemoryTransportOptions extends MemberOptions {
  /** Default 1500. */
  readonly silenceMs?: number;
}

/** Decides about each packet; `from` and `to` are names. Sizes are of encoded packets, pings included. */
export interface MemoryConditions {
  /** Default 0. */
  readonly delayMs?: (from: string, to: string, packetBytes: number) => number;
  /** True: lost for good, which breaks the connection at both ends. Default never. */
  readonly loses?: (from: string, to: string, packetBytes: number) => boolean;
}

export interface MemoryPeerTransport extends PeerTransport {
  /** The process dies: the others' connections are reset, this transport falls silent and leaves no timer that acts. */
  kill(): void;
}

export interface MemoryNetwork {
  /** A transport of one process; its member's addresses are not looked at. */
  transport(options: MemoryTransportOptions): MemoryPeerTransport;
  setConditions(conditions: MemoryConditions): void;
  /** Nothing passes between the two until healed; connections are not reset, they fall silent. */
  partition(a: string, b: string): void;
  /** What waited passes, in order, on connections that are still there. */
  heal(a: string, b: string): void;
  /** Every connection between the two is lost, at both ends, now. */
  reset(a: string, b: string): void;
}

/** Makes a network without members. */
export function memoryNetwork(deps: PeerDependencies): MemoryNetwork {
  return new Network(deps);
}

interface Stream {
  readonly dialler: MemoryTransport;
  readonly listener: MemoryTransport;
  readonly pair: MemoryPair;
}

class Network implements MemoryNetwork {
  readonly deps: PeerDependencies;
  readonly #listeners: MemoryTransport[] = [];
  readonly #streams = new Set<Stream>();
  readonly #partitions = new Set<string>();
  /** Dials into a partition, until it heals; those given up are forgotten at the next. */
  readonly #waiting = new Map<MemoryPair, { readonly key: string; readonly dial: () => void }>();
  #conditions: MemoryConditions = {};

  constructor(deps: PeerDependencies) {
    this.deps = deps;
  }

  transport(options: MemoryTransportOptions): MemoryPeerTransport {
    checkMemberOptions(options);
    return new MemoryTransport(options, this);
  }

  setConditions(conditions: MemoryConditions): void {
    this.#conditions = conditions;
  }

  partition(a: string, b: string): void {
    this.#partitions.add(pairKey(a, b));
  }

  heal(a: string, b: string): void {
    const key = pairKey(a, b);
    this.#partitions.delete(key);
    for (const { pair } of this.#between(key)) pair.flush();
    for (const [pair, waiting] of [...this.#waiting]) {
      if (waiting.key !== key) continue;
      this.#waiting.delete(pair);
      waiting.dial();
    }
  }

  reset(a: string, b: string): void {
    for (const { pair } of this.#between(pairKey(a, b))) pair.reset();
  }

  listen(transport: MemoryTransport): void {
    this.#listeners.push(transport);
  }

  leave(transport: MemoryTransport): void {
    const index = this.#listeners.indexOf(transport);
    if (index >= 0) this.#listeners.splice(index, 1);
  }

  kill(transport: MemoryTransport): void {
    this.leave(transport);
    for (const { dialler, listener, pair } of [...this.#streams]) {
      if (dialler === transport) pair.dialler.kill();
      if (listener === transport) pair.listener.kill();
    }
  }

  /** Opens a stream; who listens at the far end learns of it when the first packet would get there. */
  dial(dialler: MemoryTransport, to: string, events: PacketStreamEvents): PacketStream {
    const from = dialler.name;
    const key = pairKey(from, to);
    const pair = new MemoryPair(this.deps.clock, this.#route(from, to), this.#route(to, from));
    const arrive = (): void => {
      if (pair.dialler.over) return;
      if (this.#partitions.has(key)) {
        this.#waiting.set(pair, { key, dial: arrive });
        return;
      }
      // Of two processes with one name, the first holds the address.
      const listener = this.#listeners.find(({ name }) => name === to);
      if (listener === undefined) {
        pair.dialler.lose('reset: connection refused');
        return;
      }
      this.#add({ dialler, listener, pair });
      if (!listener.accept(from, (far) => pair.listener.adopt(far))) {
        pair.dialler.lose(`reset: ${to} does not expect to be dialled by ${from}`);
      }
    };
    for (const old of this.#waiting.keys()) if (old.dialler.over) this.#waiting.delete(old);
    this.deps.clock.setTimer(this.#route(from, to).delayMs(new Uint8Array(0)), arrive);
    return pair.dialler.adopt(events);
  }

  #route(from: string, to: string): MemoryRoute {
    return {
      delayMs: (packet) => this.#conditions.delayMs?.(from, to, packet.length) ?? 0,
      loses: (packet) => this.#conditions.loses?.(from, to, packet.length) ?? false,
      blocked: () => this.#partitions.has(pairKey(from, to)),
    };
  }

  #add(stream: Stream): void {
    for (const old of this.#streams) if (old.pair.over) this.#streams.delete(old);
    this.#streams.add(stream);
  }

  #between(key: string): Stream[] {
    return [...this.#streams].filter(({ dialler, listener }) => pairKey(dialler.name, listener.name) === key);
  }
}

class MemoryTransport implements MemoryPeerTransport {
  readonly #options: MemoryTransportOptions;
  readonly #network: Network;
  readonly #links = new Map<string, Link>();
  #state: 'new' | 'running' | 'stopped' = 'new';

  constructor(options: MemoryTransportOptions, network: Network) {
    this.#options = options;
    this.#network = network;
  }

  get name(): string {
    return this.#options.name;
  }

  async start(events: PeerEvents): Promise<void> {
    if (this.#state !== 'new') throw new PeerError({ code: 'LIFECYCLE', reason: 'start: a transport is started once' });
    this.#state = 'running';
    const { cluster, name, bootId, members, versions, silenceMs = SILENCE_MS_DEFAULT } = this.#options;
    const local = { cluster, name, bootId, versions: versions ?? { min: PROTOCOL_VERSION_MIN, max: PROTOCOL_VERSION } };
    const own = members.findIndex((member) => member.name === name);
    for (const [index, member] of members.entries()) {
      if (index === own) continue;
      const dial = (stream: PacketStreamEvents) => this.#network.dial(this, member.name, stream);
      const options = { name: member.name, local, silenceMs, dial: index > own ? dial : undefined, probe: undefined };
      this.#links.set(member.name, new Link(options, this.#network.deps, events));
    }
    this.#network.listen(this);
    for (const link of this.#links.values()) link.start();
  }

  /** A peer has dialled; false if this end should dial it, or does not know it. */
  accept(peer: string, open: (events: PacketStreamEvents) => PacketStream): boolean {
    const names = this.#options.members.map(({ name }) => name);
    if (names.indexOf(peer) < 0 || names.indexOf(peer) > names.indexOf(this.name)) return false;
    this.#links.get(peer)?.accept(open);
    return true;
  }

  send(peer: string, frame: Uint8Array): boolean {
    return this.#links.get(peer)?.send(frame) ?? false;
  }

  drop(reason: string): void {
    for (const link of this.#links.values()) link.drop(reason);
  }

  async stop(): Promise<void> {
    if (this.#state !== 'running') return;
    this.#state = 'stopped';
    this.#network.leave(this);
    await Promise.all([...this.#links.values()].map((link) => link.stop()));
  }

  kill(): void {
    this.#state = 'stopped';
    this.#network.kill(this);
    for (const link of this.#links.values()) link.abandon();
  }

  status(): readonly PeerStatus[] {
    return [...this.#links.values()].map((link) => link.status());
  }
}

function pairKey(a: string, b: string): string {
  return JSON.stringify([a, b].sort());
}
