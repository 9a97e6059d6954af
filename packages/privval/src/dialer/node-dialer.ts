/**
 * Keeps exactly one connection to one node open, and serves requests on it (protocol notes, section 3.6).
 *
 * A node uses one signer at a time; the others' connections wait in its accept queue, connected but without a byte. So a
 * connection without a first byte is a standby and has no deadline: held open, it is served within a fraction of a second
 * of the first signer's death. Deadlines count from the first byte. A connection is always destroyed, never half-closed,
 * and dialled again at the latest a second later: a node that starts waits only 3 s for its signer.
 *
 * Invariants: at most one channel and at most one timer for dialling exist; when a connection ends its request is
 * withdrawn; every state is logged once, not every try.
 */

import type { NodeChannel, OpenChannel } from '../channel/node-channel.js';
import type { Clock } from '../clock.js';
import { PrivvalError } from '../errors.js';
import type { Logger } from '../logger.js';
import { NodeSession } from '../requests/node-session.js';
import { handleMessage } from '../requests/request-handler.js';
import type { SignerBackend } from '../signer-backend.js';
import { type DialerTuning, REDIAL_MS_MAX } from './dialer-options.js';
import { type Failure, type FailureCause, Failures } from './failures.js';
import { OnceLog } from './once-log.js';

/** A connection that served this long was well; what comes after is logged afresh. */
const WELL_AFTER_MS = 10_000;
/** A standby proves less: whatever accepts connections looks like one. */
const STANDBY_WELL_AFTER_MS = 60_000;
/** A node that refuses our identity closes at once. */
const REFUSED_WITHIN_MS = 2_000;

/**
 * `dialing`: connecting. `standby`: connected, the node has not begun to use it. `serving`: requests may come (over unix,
 * which has no handshake, also while another signer is served). `backoff`: waiting to dial. `stopped`: not started, or
 * stopped.
 */
export type DialerState = 'stopped' | 'dialing' | 'standby' | 'serving' | 'backoff';

export interface DialerStatus {
  readonly address: string;
  readonly state: DialerState;
  /** Whether a connection exists, served or not. */
  readonly connected: boolean;
  /** Since the first request or ping of this connection; undefined while the node does not use it. */
  readonly inUseForMs: number | undefined;
  /** Since the last request or ping; undefined before the first. */
  readonly lastRequestAgeMs: number | undefined;
  /** Requests and pings so far. */
  readonly requests: number;
  /** Connections so far. */
  readonly connections: number;
  /** How often a connection failed or was lost, by cause. */
  readonly failures: Readonly<Record<FailureCause, number>>;
  /** Also when all is well again. */
  readonly lastFailure: Failure | undefined;
}

export interface NodeDialerDeps {
  readonly openChannel: OpenChannel;
  readonly backend: SignerBackend;
  readonly clock: Clock;
  readonly logger: Logger;
  /** By what the node recognises us, where it lets one signer in only. */
  readonly ownIdentity?: string;
  /** Called after every change of state, with the new status. */
  readonly onStateChange?: (status: DialerStatus) => void;
}

export class NodeDialer {
  readonly #address: string;
  readonly #chainId: string;
  readonly #tuning: DialerTuning;
  readonly #deps: NodeDialerDeps;
  readonly #log: OnceLog;
  #state: DialerState = 'stopped';
  #channel: NodeChannel | undefined;
  #session: NodeSession | undefined;
  /** The one timer: connect, handshake or redial, depending on the state. */
  #cancelTimer: (() => void) | undefined;
  /** Dials in a row that led to nothing: no request, and no connection that lasted. */
  #fruitlessDials = 0;
  #connectedAtMs: number | undefined;
  #securedAtMs: number | undefined;
  #inUseSinceMs: number | undefined;
  #lastRequestAtMs: number | undefined;
  #requests = 0;
  #connections = 0;
  readonly #failures = new Failures();

  constructor(options: { address: string; chainId: string; tuning: DialerTuning }, deps: NodeDialerDeps) {
    this.#address = options.address;
    this.#chainId = options.chainId;
    this.#tuning = options.tuning;
    this.#deps = deps;
    this.#log = new OnceLog(deps.logger, { node: options.address, chainId: options.chainId });
  }

  /** Begins to dial; does nothing if already started. */
  start(): void {
    if (this.#state === 'stopped') this.#dial();
  }

  /** Ends the connection and dials no more. Leaves no timer or socket behind; `start` may be called again. */
  stop(): void {
    this.#release();
    this.#enter('stopped');
  }

  /** Ends the connection without an answer and dials again behind the standbys of others; does nothing without one. */
  giveUp(reason: string, level: 'info' | 'warn' = 'warn'): void {
    if (this.#state !== 'standby' && this.#state !== 'serving') return;
    this.#release();
    this.#log.say(level, {
      label: `gave-up:${level}`,
      message: 'gave the node up to other signers',
      fields: { reason },
    });
    this.#backOff(this.#tuning.giveUpRedialMs);
  }

  /** Sign requests under way: 0 or 1. */
  pending(): number {
    return this.#session?.busy === true ? 1 : 0;
  }

  status(): DialerStatus {
    return {
      address: this.#address,
      state: this.#state,
      connected: this.#state === 'standby' || this.#state === 'serving',
      inUseForMs: this.#age(this.#inUseSinceMs),
      lastRequestAgeMs: this.#age(this.#lastRequestAtMs),
      requests: this.#requests,
      connections: this.#connections,
      failures: this.#failures.counts(),
      lastFailure: this.#failures.last(this.#deps.clock.nowMs()),
    };
  }

  #dial(): void {
    const { connectTimeoutMs, handshakeTimeoutMs } = this.#tuning;
    this.#fruitlessDials += 1;
    this.#deadline(connectTimeoutMs, new PrivvalError({ code: 'CONNECT_TIMEOUT', timeoutMs: connectTimeoutMs }));
    const channel = this.#deps.openChannel({
      onConnected: () => this.#onConnected(),
      onFirstByte: () =>
        this.#deadline(
          handshakeTimeoutMs,
          new PrivvalError({ code: 'HANDSHAKE_TIMEOUT', timeoutMs: handshakeTimeoutMs }),
        ),
      onSecured: () => this.#onSecured(channel),
      onBytes: (bytes) => this.#session?.receive(bytes),
      onClosed: (error) => this.#lose(error),
    });
    this.#channel = channel;
    this.#enter('dialing');
  }

  #onConnected(): void {
    this.#clearTimer();
    this.#connections += 1;
    this.#connectedAtMs = this.#deps.clock.nowMs();
    this.#log.say('info', { label: 'standby', message: 'connected, waiting for the node to begin' });
    this.#enter('standby');
  }

  #onSecured(channel: NodeChannel): void {
    this.#clearTimer();
    this.#securedAtMs = this.#deps.clock.nowMs();
    const { backend, clock } = this.#deps;
    const { signExtensions, rawMessages, secondExtension, requestBytesMax, silentMs } = this.#tuning;
    const context = { chainId: this.#chainId, backend, signExtensions, rawMessages, secondExtension };
    this.#session = new NodeSession(
      { requestBytesMax, silentMs },
      {
        channel,
        clock,
        handler: (bytes, signal) => handleMessage(bytes, context, signal),
        events: {
          onRequest: () => this.#onRequest(),
          onGaveUp: (reason) => this.giveUp(reason),
          onFailed: (error) => this.#lose(error),
        },
      },
    );
    this.#enter('serving');
  }

  #onRequest(): void {
    this.#requests += 1;
    this.#lastRequestAtMs = this.#deps.clock.nowMs();
    this.#fruitlessDials = 0;
    if (this.#inUseSinceMs !== undefined) {
      // What is said once is not said of the second connection: a log that ends with the loss must not stand so while all is well.
      if (!this.#log.endsBadly || this.#msSince(this.#securedAtMs) < WELL_AFTER_MS) return;
      this.#log.reset();
    }
    this.#inUseSinceMs = this.#lastRequestAtMs;
    this.#log.say('info', { label: 'serving', message: 'serving the node' });
  }

  /** The connection failed or was lost: says so, and dials again. */
  #lose(cause: PrivvalError): void {
    const state = this.#state;
    const error = this.#explain(cause);
    const isWell = this.#msSince(this.#securedAtMs) >= WELL_AFTER_MS;
    if (isWell || this.#msSince(this.#connectedAtMs) >= STANDBY_WELL_AFTER_MS) this.#log.reset();
    // A connection that lasted cannot be part of a tight loop: its loss is worth a quick try.
    if (this.#msSince(this.#connectedAtMs) >= REDIAL_MS_MAX) this.#fruitlessDials = 0;
    this.#release();
    this.#failures.add(error, this.#deps.clock.nowMs());
    const level = error.code === 'BACKEND_OUTCOME_INVALID' || error.code === 'REPLY_TOO_LARGE' ? 'error' : 'warn';
    const message = state === 'dialing' ? 'cannot reach the node' : 'lost the connection to the node';
    const fields = { code: error.code, error: error.message, cause: error.cause };
    this.#log.say(level, { label: `${state}:${error.code}:${errnoOf(error.cause)}`, message, fields });
    const { redialMs } = this.#tuning;
    this.#backOff(Math.min(REDIAL_MS_MAX, redialMs * 2 ** Math.min(this.#fruitlessDials - 1, 8)));
  }

  /** Where the node pins its signer, a close right behind the handshake means that it pins another. */
  #explain(error: PrivvalError): PrivvalError {
    const { ownIdentity } = this.#deps;
    const refused = error.code === 'CONNECTION_CLOSED' && this.#state === 'serving' && this.#inUseSinceMs === undefined;
    if (ownIdentity === undefined || !refused || this.#msSince(this.#securedAtMs) >= REFUSED_WITHIN_MS) return error;
    return new PrivvalError({ code: 'SIGNER_NOT_PINNED', own: ownIdentity }, { cause: error });
  }

  #backOff(delayMs: number): void {
    this.#cancelTimer = this.#deps.clock.setTimer(delayMs, () => {
      this.#cancelTimer = undefined;
      this.#dial();
    });
    this.#enter('backoff');
  }

  #deadline(timeoutMs: number, error: PrivvalError): void {
    this.#clearTimer();
    this.#cancelTimer = this.#deps.clock.setTimer(timeoutMs, () => this.#lose(error));
  }

  /** Ends whatever exists; the session first, so that its request is withdrawn before anything else happens. */
  #release(): void {
    this.#clearTimer();
    this.#session?.end();
    this.#session = undefined;
    this.#channel?.destroy();
    this.#channel = undefined;
    this.#connectedAtMs = undefined;
    this.#securedAtMs = undefined;
    this.#inUseSinceMs = undefined;
  }

  /** 0 if it never happened. */
  #msSince(atMs: number | undefined): number {
    return this.#age(atMs) ?? 0;
  }

  #age(atMs: number | undefined): number | undefined {
    return atMs === undefined ? undefined : this.#deps.clock.nowMs() - atMs;
  }

  #clearTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #enter(state: DialerState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#deps.onStateChange?.(this.status());
  }
}

/** ENOENT that becomes EACCES is another thing to mend, so it is told too. */
function errnoOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}
