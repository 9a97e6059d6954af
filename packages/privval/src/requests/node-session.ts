/**
 * The requests of one connection: read, handled one at a time, answered in order.
 *
 * A session begins when its channel is secured and ends with it. While a request is under way what follows is kept unread
 * (a correct node sends nothing), up to one request and one chunk. When the session ends the running request is withdrawn
 * through its abort signal. A request that cannot be read ends the session: the stream may be out of step, and an answer
 * to the wrong question is worse than none.
 */

import type { NodeChannel } from '../channel/node-channel.js';
import type { Clock } from '../clock.js';
import { PrivvalError } from '../errors.js';
import { DelimitedReader, encodeDelimited } from '../messages/framing.js';
import type { HandledMessage } from './request-handler.js';

/** Room for bytes of a following request while one is under way: some chunks of a socket (64 KiB). */
const UNREAD_BYTES_MARGIN = 256 * 1024;

/** Answers one encoded message; `handleMessage` with its context bound. */
export type MessageHandler = (bytes: Uint8Array, signal: AbortSignal) => Promise<HandledMessage>;

export interface SessionOptions {
  readonly requestBytesMax: number;
  /** Ends a session that was used and fell silent; undefined never does. */
  readonly silentMs: number | undefined;
}

export interface SessionEvents {
  /** A complete request has come. */
  onRequest(): void;
  /** No answer will be given; the caller ends the connection and dials again behind others. */
  onGaveUp(reason: string): void;
  /** The session cannot go on; the caller ends the connection. */
  onFailed(error: PrivvalError): void;
}

export class NodeSession {
  readonly #channel: NodeChannel;
  readonly #handler: MessageHandler;
  readonly #options: SessionOptions;
  readonly #events: SessionEvents;
  readonly #clock: Clock;
  readonly #reader: DelimitedReader;
  readonly #abort = new AbortController();
  #busy = false;
  #ended = false;
  #cancelSilence: (() => void) | undefined;

  constructor(
    options: SessionOptions,
    deps: { channel: NodeChannel; handler: MessageHandler; clock: Clock; events: SessionEvents },
  ) {
    this.#options = options;
    this.#channel = deps.channel;
    this.#handler = deps.handler;
    this.#clock = deps.clock;
    this.#events = deps.events;
    this.#reader = new DelimitedReader(options.requestBytesMax);
  }

  /** Whether a request is under way. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Takes plain bytes of the channel. */
  receive(bytes: Uint8Array): void {
    if (this.#ended) return;
    this.#reader.push(bytes);
    if (this.#busy) this.#checkUnread();
    else this.#next();
  }

  /** Withdraws the running request; nothing is sent or reported after this. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopWatching();
    this.#abort.abort();
  }

  #next(): void {
    let message: Uint8Array | undefined;
    try {
      message = this.#reader.next();
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (message === undefined) {
      if (this.#reader.bufferedBytes > 0 && this.#cancelSilence === undefined) this.#watchSilence();
      return;
    }
    this.#busy = true;
    this.#stopWatching();
    this.#events.onRequest();
    this.#handler(message, this.#abort.signal).then(
      (handled) => this.#answer(handled),
      (error: unknown) => this.#fail(error),
    );
  }

  #answer(handled: HandledMessage): void {
    this.#busy = false;
    if (this.#ended) return;
    if (handled.kind === 'gave-up') {
      this.end();
      this.#events.onGaveUp(handled.reason);
      return;
    }
    try {
      this.#channel.send(encodeDelimited(handled.bytes));
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#watchSilence();
    this.#next();
  }

  #checkUnread(): void {
    const limitBytes = this.#options.requestBytesMax + UNREAD_BYTES_MARGIN;
    if (this.#reader.bufferedBytes > limitBytes) {
      this.#fail(new PrivvalError({ code: 'REQUEST_PIPELINED', limitBytes }));
    }
  }

  /**
   * Armed once a request was answered or has begun to come, not before: a standby that a node accepted but does not use
   * yet may wait for hours.
   */
  #watchSilence(): void {
    const { silentMs } = this.#options;
    if (silentMs === undefined) return;
    this.#stopWatching();
    this.#cancelSilence = this.#clock.setTimer(silentMs, () => {
      this.#fail(new PrivvalError({ code: 'NODE_SILENT', silentMs }));
    });
  }

  #stopWatching(): void {
    this.#cancelSilence?.();
    this.#cancelSilence = undefined;
  }

  #fail(error: unknown): void {
    this.#busy = false;
    if (this.#ended) return;
    this.end();
    this.#events.onFailed(toPrivvalError(error));
  }
}

/** Whatever else is thrown under a request is a bug; it costs this connection, with its cause in the log. */
function toPrivvalError(error: unknown): PrivvalError {
  if (error instanceof PrivvalError) return error;
  return new PrivvalError({ code: 'BACKEND_OUTCOME_INVALID', problem: 'an unexpected error' }, { cause: error });
}
