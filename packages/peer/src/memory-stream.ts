/**
 * A pair of packet streams without a socket: what goes in at one end comes out at the other, in order, when the network's
 * delay has passed. Like TCP it delivers everything or breaks; a packet that is lost for good breaks it.
 */

import type { PeerClock } from './dependencies.js';
import type { PacketStream, PacketStreamEvents } from './packet-stream.js';

/** What the network decides for each packet of one direction. */
export interface MemoryRoute {
  /** Milliseconds on the way. */
  delayMs(packet: Uint8Array): number;
  /** True: the packet is lost, the stream breaks. */
  loses(packet: Uint8Array): boolean;
  /** True: nothing passes now; packets wait until {@link MemoryPair.flush}. */
  blocked(): boolean;
}

/** Both ends of one stream. An end is adopted when its owner gives it the receiver of its events. */
export class MemoryPair {
  readonly dialler: MemoryEnd;
  readonly listener: MemoryEnd;

  constructor(clock: PeerClock, there: MemoryRoute, back: MemoryRoute) {
    this.dialler = new MemoryEnd(clock, there, () => this.listener);
    this.listener = new MemoryEnd(clock, back, () => this.dialler);
  }

  get over(): boolean {
    return this.dialler.over && this.listener.over;
  }

  /** Both ends lose the stream now. */
  reset(reason = 'the connection was lost'): void {
    this.dialler.lose(`reset: ${reason}`);
    this.listener.lose(`reset: ${reason}`);
  }

  /** Lets waiting packets go on. */
  flush(): void {
    this.dialler.flush();
    this.listener.flush();
  }
}

type Delivery = () => void;

export class MemoryEnd implements PacketStream {
  readonly #clock: PeerClock;
  readonly #route: MemoryRoute;
  readonly #far: () => MemoryEnd;
  readonly #cancels = new Set<() => void>();
  readonly #held: Delivery[] = [];
  #events: PacketStreamEvents | undefined;
  #arrivesMs = 0;
  #bytesRead = 0;
  #adopted = false;
  #over = false;

  constructor(clock: PeerClock, route: MemoryRoute, far: () => MemoryEnd) {
    this.#clock = clock;
    this.#route = route;
    this.#far = far;
  }

  get over(): boolean {
    return this.#over;
  }

  adopt(events: PacketStreamEvents): PacketStream {
    this.#events = events;
    this.#adopted = true;
    // In a turn of its own: the owner holds the stream only when this returns.
    this.#clock.setTimer(0, () => this.#far().flush());
    return this;
  }

  bytesRead(): number {
    return this.#bytesRead;
  }

  write(packet: Buffer, written: () => void): void {
    this.#deliver(this.#route.delayMs(packet), () => {
      written();
      if (this.#route.loses(packet)) this.#break();
      else this.#far().receive(packet);
    });
  }

  /** No reset gets lost here. */
  lookForReset(): void {}

  end(): void {
    this.#deliver(0, () => this.#far().lose('closed: the peer ended the stream'));
  }

  destroy(): void {
    this.#deliver(0, () => this.#far().lose('reset: the connection was lost'));
    this.lose('closed: by this end');
  }

  receive(packet: Uint8Array): void {
    if (this.#over) return;
    this.#bytesRead += packet.length;
    this.#events?.packet(packet);
  }

  lose(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#events?.closed(reason);
  }

  flush(): void {
    // A first packet that overtakes the news of its stream waits for the far end to be adopted.
    while (this.#held.length > 0 && !this.#route.blocked() && this.#far().#adopted) this.#held.shift()?.();
  }

  /** The process is gone: nothing more leaves, nothing more is reported. */
  kill(): void {
    this.#events = undefined;
    this.#over = true;
    for (const cancel of this.#cancels) cancel();
    this.#held.length = 0;
    this.#far().lose('reset: the connection was lost');
  }

  #break(): void {
    this.#far().lose('reset: the connection was lost');
    this.lose('reset: the connection was lost');
  }

  /** Runs `delivery` after the delay, behind everything sent before. */
  #deliver(delayMs: number, delivery: Delivery): void {
    if (this.#over) return;
    const now = this.#clock.now();
    this.#arrivesMs = Math.max(this.#arrivesMs, now + delayMs);
    const cancel = this.#clock.setTimer(this.#arrivesMs - now, () => {
      this.#cancels.delete(cancel);
      this.#held.push(delivery);
      this.flush();
    });
    this.#cancels.add(cancel);
  }
}
