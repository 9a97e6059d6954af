/** Fakes that the tests of this package share: a hand-driven clock, a channel without a socket, a backend with a key. */

import { createPublicKey, sign } from 'node:crypto';
import type {
  ChannelEvents,
  Clock,
  Logger,
  NodeChannel,
  RawSignOutcome,
  RawSignRequest,
  SignedTimestamp,
  SignerBackend,
  SignOutcome,
  SignRequest,
} from '../src/index.js';
import { importSecretKey } from '../src/secret-connection/raw-keys.js';
import { WireMessage } from '../src/test-node/wire.js';

export const CHAIN_ID = 'test-chain';

/** Time stands still until `advance`. */
export class ManualClock implements Clock {
  #nowMs = 0;
  #timers: { atMs: number; callback: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Timers that would still fire. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** Fires what is due, in order; timers set meanwhile included. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const due = this.#timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.#nowMs = due.atMs;
      due.callback();
    }
    this.#nowMs = endMs;
  }
}

/** What the code under test opened; the test plays the node. */
export class FakeChannel implements NodeChannel {
  readonly sent: Uint8Array[] = [];
  destroyed = false;
  readonly events: ChannelEvents;

  constructor(events: ChannelEvents) {
    this.events = events;
  }

  send(bytes: Uint8Array): void {
    this.sent.push(bytes);
  }

  destroy(): void {
    this.destroyed = true;
  }
}

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export function recordingLogger(): Logger & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const log = (level: LogLine['level']) => (fields: Readonly<Record<string, unknown>>, message: string) => {
    lines.push({ level, message, fields });
  };
  return { lines, info: log('info'), warn: log('warn'), error: log('error') };
}

/** Signs at once with a key of its own; `override` answers instead, if it gives an outcome. */
export class KeyBackend implements SignerBackend {
  readonly requests: SignRequest[] = [];
  readonly signals: AbortSignal[] = [];
  override: ((request: SignRequest) => Promise<SignOutcome> | undefined) | undefined;
  readonly rawRequests: RawSignRequest[] = [];
  overrideRaw: ((request: RawSignRequest) => RawSignOutcome | undefined) | undefined;
  readonly #key = importSecretKey('ed25519', new Uint8Array(32).fill(42));

  publicKey(chainId: string): Uint8Array | undefined {
    if (chainId !== CHAIN_ID) return undefined;
    const der = createPublicKey(this.#key).export({ format: 'der', type: 'spki' });
    return Uint8Array.from(der.subarray(der.length - 32));
  }

  async sign(request: SignRequest, signal: AbortSignal): Promise<SignOutcome> {
    this.requests.push(request);
    this.signals.push(signal);
    return (await this.override?.(request)) ?? this.signNow(request);
  }

  /** Signs raw bytes of any kind: whether a chain signs them is the backend's affair, and this is none of a chain. */
  async signRaw(request: RawSignRequest, signal: AbortSignal): Promise<RawSignOutcome> {
    this.rawRequests.push(request);
    this.signals.push(signal);
    return this.overrideRaw?.(request) ?? { kind: 'signed', signature: sign(null, request.bytes, this.#key) };
  }

  signNow(request: SignRequest): Extract<SignOutcome, { kind: 'signed' }> {
    const { signBytes, extensionSignBytes } = request;
    return {
      kind: 'signed',
      signature: sign(null, signBytes, this.#key),
      timestamp: timestampOf(signBytes),
      extensionSignature: extensionSignBytes && sign(null, extensionSignBytes, this.#key),
    };
  }
}

/** Reads the timestamp out of sign bytes: field 5 of a vote, field 6 of a proposal. */
function timestampOf(signBytes: Uint8Array): SignedTimestamp {
  const message = new WireMessage(signBytes.subarray((signBytes[0] ?? 0) < 0x80 ? 1 : 2));
  const timestamp = message.message(message.varint(1) === 32n ? 6 : 5);
  return {
    seconds: BigInt.asIntN(64, timestamp?.varint(1) ?? 0n),
    nanos: Number(timestamp?.varint(2) ?? 0n),
  };
}
