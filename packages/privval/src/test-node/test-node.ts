/**
 * A node's privval client, without the node: listens, and asks a signer as Tendermint and CometBFT do.
 *
 * For the demo, process tests and benchmarks. Written from the protocol notes apart from the signer's code, so that each
 * checks the other: it verifies every signature over its own sign bytes, and fails where a real node of its family would
 * panic or be out of step. One request at a time; retries, pings and timeouts as in section 3.6. One simplification: a
 * real node keeps a connection that ended for one or two more requests, this one drops it at the first.
 */

import type { Clock } from '../clock.js';
import { exchange, expectBody } from './exchange.js';
import type { ConnectionFault, RequestFault } from './fault.js';
import { assertExtensions, assertVerifies, isFamilyOf1, type TestNodeFamily } from './node-checks.js';
import {
  pingRequest,
  proposalSignBytes,
  pubKeyRequest,
  readError,
  readSigned,
  signProposalRequest,
  signVoteRequest,
  type TestProposal,
  type TestTimestamp,
  type TestVote,
  voteSignBytes,
} from './node-messages.js';
import {
  RAW_REPLY_FIELD,
  rawBytesSignBytes,
  readRawSigned,
  signBytesRequest,
  signRawBytesRequest,
} from './raw-messages.js';
import { SignerSlot } from './signer-slot.js';
import { TestNodeError } from './test-node-error.js';

const VALIDATOR_ADDRESS = Buffer.alloc(20, 7);

export interface TestNodeOptions {
  /** `tcp://127.0.0.1:0` for any free port, `unix:///path`, or `noise://PEERID@127.0.0.1:0` with the one signer that is let in. */
  readonly listen: string;
  readonly chainId: string;
  /** Decides how the public key is read, what can be asked, and what makes the node panic. Default `0.38`. */
  readonly family?: TestNodeFamily;
  /** Whether the chain uses vote extensions; default false. */
  readonly extensionsEnabled?: boolean;
  /** For each read from the signer. Default 5000. */
  readonly readTimeoutMs?: number;
  /** Wait for a connection when a request needs one. Default 3000. */
  readonly connectionWaitMs?: number;
  /** Further tries of a request that got no answer. Default 50. */
  readonly retries?: number;
  /** Between tries. Default 100. */
  readonly retryPauseMs?: number;
  /** Ping when idle this long; default 3333, undefined is the default, 0 never. */
  readonly pingMs?: number;
}

export interface TestNodeDeps {
  readonly clock: Clock;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** The signer's answer; signatures are verified already. */
export type TestSignResult =
  | {
      readonly kind: 'signed';
      readonly signature: Uint8Array;
      /** Of a vote: the time that was signed, which may differ from the request's. Of a proposal: the request's. */
      readonly timestamp: TestTimestamp;
      readonly extensionSignature: Uint8Array | undefined;
      /** 2.0's second extension. */
      readonly secondExtensionSignature?: Uint8Array | undefined;
    }
  /** Final: a node does not ask again. */
  | { readonly kind: 'refused'; readonly code: number; readonly description: string };

export type TestRawSignResult =
  | { readonly kind: 'signed'; readonly signature: Uint8Array }
  | Extract<TestSignResult, { kind: 'refused' }>;

export class TestNode {
  readonly #options: Required<TestNodeOptions>;
  readonly #clock: Clock;
  readonly #slot: SignerSlot;
  readonly #requestFaults: RequestFault[] = [];
  #publicKey: Uint8Array | undefined;
  #lock: Promise<unknown> = Promise.resolve();
  #cancelPing: (() => void) | undefined;
  #stopped = false;

  constructor(options: TestNodeOptions, deps: TestNodeDeps) {
    this.#options = {
      family: '0.38',
      extensionsEnabled: false,
      readTimeoutMs: 5_000,
      connectionWaitMs: 3_000,
      retries: 50,
      retryPauseMs: 100,
      pingMs: 3_333,
      ...options,
    };
    this.#clock = deps.clock;
    this.#slot = new SignerSlot(
      // New at every start, as that of a real node.
      { listen: options.listen, identitySeed: deps.randomBytes(32), handshakeTimeoutMs: this.#options.readTimeoutMs },
      deps,
    );
  }

  /** Listens. Rejects if the address cannot be had. */
  async start(): Promise<void> {
    await this.#slot.start();
    this.#restartPing();
  }

  /** Drops all connections; requests under way reject. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelPing?.();
    await this.#slot.stop();
  }

  /** What a signer dials. */
  get address(): string {
    return this.#slot.address;
  }

  /** The signer in use, how many wait for their turn, and how many were used so far. */
  get connections(): { peerKey: Uint8Array | undefined; connected: boolean; waiting: number; accepted: number } {
    const { current, waiting, accepted } = this.#slot;
    return { peerKey: current?.link.peerKey, connected: current !== undefined, waiting, accepted };
  }

  /** Drops the current connection: `close` as a node that stops, `reset` as one that dies with bytes unread (tcp). */
  dropConnection(how: 'close' | 'reset' = 'close'): void {
    const { current } = this.#slot;
    if (current !== undefined) this.#slot.drop(current, how);
  }

  /** Misbehaves towards the next connection, once. */
  failNextConnection(fault: ConnectionFault): void {
    this.#slot.failNext(fault);
  }

  /** Misbehaves in place of the next request, once. */
  failNextRequest(fault: RequestFault): void {
    this.#requestFaults.push(fault);
  }

  /** Asks for the key, and keeps it to verify signatures. @throws TestNodeError, also if the signer refuses */
  async getPublicKey(chainId = this.#options.chainId): Promise<Uint8Array> {
    const body = expectBody(await this.#call(pubKeyRequest(chainId)), 2);
    const error = readError(body);
    if (error !== undefined) throw new TestNodeError('PUBLIC_KEY_UNSUPPORTED', error.description);
    const isOf1 = isFamilyOf1(this.#options.family);
    const key = isOf1 ? body.bytes(3) : (body.message(1)?.bytes(1) ?? Buffer.alloc(0));
    if (isOf1 && body.bytes(4).toString() !== 'ed25519') {
      throw new TestNodeError('PUBLIC_KEY_UNSUPPORTED', `expected type ed25519, found ${body.bytes(4)}`);
    }
    if (key.length !== 32) throw new TestNodeError('PUBLIC_KEY_UNSUPPORTED', `expected 32 bytes, found ${key.length}`);
    this.#publicKey = Uint8Array.from(key);
    return this.#publicKey;
  }

  /** @throws TestNodeError if there is no answer; pings are not tried again */
  async ping(): Promise<void> {
    expectBody(await this.#locked(() => this.#exchange(pingRequest())), 8);
  }

  /** Asks for a vote's signature, tries again as a node does, and verifies. @throws TestNodeError */
  async signVote(vote: TestVote, options: { chainId?: string } = {}): Promise<TestSignResult> {
    const { family, extensionsEnabled } = this.#options;
    const chainId = options.chainId ?? this.#options.chainId;
    const skipExtensionSigning = isFamilyOf1(family) && !(extensionsEnabled && vote.type === 'precommit');
    const request = signVoteRequest(vote, { chainId, validatorAddress: VALIDATOR_ADDRESS, skipExtensionSigning });
    const key = this.#publicKey ?? (await this.getPublicKey());
    const reply = readSigned(expectBody(await this.#call(request), 4), 'vote');
    if (reply.error !== undefined) return { kind: 'refused', ...reply.error };
    // The node puts the timestamp of the reply into its vote, and then checks the signature.
    assertVerifies(key, voteSignBytes({ ...vote, timestamp: reply.timestamp }, chainId), reply.signature);
    assertExtensions(vote, reply, { family, extensionsEnabled, chainId, key });
    const { signature, timestamp } = reply;
    return {
      kind: 'signed',
      signature,
      timestamp,
      extensionSignature: present(reply.extensionSignature),
      secondExtensionSignature: present(reply.secondExtensionSignature),
    };
  }

  /** Asks for a proposal's signature, tries again as a node does, and verifies. @throws TestNodeError */
  async signProposal(proposal: TestProposal, options: { chainId?: string } = {}): Promise<TestSignResult> {
    const chainId = options.chainId ?? this.#options.chainId;
    const key = this.#publicKey ?? (await this.getPublicKey());
    const reply = readSigned(expectBody(await this.#call(signProposalRequest(proposal, chainId)), 6), 'proposal');
    if (reply.error !== undefined) return { kind: 'refused', ...reply.error };
    assertVerifies(key, proposalSignBytes(proposal, chainId), reply.signature);
    return {
      kind: 'signed',
      signature: reply.signature,
      timestamp: proposal.timestamp,
      extensionSignature: undefined,
    };
  }

  /** 1.0 and 2.0: asks for the signature of any bytes, and verifies. @throws TestNodeError */
  signBytes(value: Uint8Array): Promise<TestRawSignResult> {
    if (!isFamilyOf1(this.#options.family)) throw new Error('expected a node 1.0 or 2.0: others have no SignBytes');
    return this.#signRaw(signBytesRequest(value), value);
  }

  /** Celestia: asks for the signature of raw bytes, and verifies. @throws TestNodeError */
  signRawBytes(
    { rawBytes, uniqueId }: { rawBytes: Uint8Array; uniqueId: string },
    { chainId = this.#options.chainId }: { chainId?: string } = {},
  ): Promise<TestRawSignResult> {
    if (this.#options.family !== 'celestia')
      throw new Error('expected a node of Celestia: others have no SignRawBytes');
    const request = { chainId, rawBytes, uniqueId };
    return this.#signRaw(signRawBytesRequest(request), rawBytesSignBytes(request));
  }

  /** Sends any message once and returns the raw answer, both without their length prefix. @throws TestNodeError */
  exchange(message: Uint8Array): Promise<Uint8Array> {
    return this.#locked(() => this.#exchange(message));
  }

  async #signRaw(request: Uint8Array, signBytes: Uint8Array): Promise<TestRawSignResult> {
    const key = this.#publicKey ?? (await this.getPublicKey());
    const { signature, error } = readRawSigned(expectBody(await this.#call(request), RAW_REPLY_FIELD));
    if (error !== undefined) return { kind: 'refused', ...error };
    assertVerifies(key, signBytes, signature);
    return { kind: 'signed', signature };
  }

  /** As the node's retrying client: the same request again, on whatever connection there is. */
  #call(message: Uint8Array): Promise<Uint8Array> {
    return this.#locked(async () => {
      for (let triesLeft = this.#options.retries; ; triesLeft--) {
        try {
          return await this.#exchange(message);
        } catch (error) {
          if (triesLeft <= 0 || this.#stopped) throw error;
        }
        await new Promise<void>((resolve) => this.#clock.setTimer(this.#options.retryPauseMs, resolve));
      }
    });
  }

  async #exchange(message: Uint8Array): Promise<Uint8Array> {
    const connection = await this.#slot.connection(this.#options.connectionWaitMs);
    try {
      const fault = this.#requestFaults.shift();
      return await exchange(connection, message, { fault, readTimeoutMs: this.#options.readTimeoutMs });
    } catch (error) {
      this.#slot.drop(connection);
      if (error instanceof TestNodeError) throw error;
      throw new TestNodeError('CONNECTION_LOST', 'the connection failed', { cause: error });
    }
  }

  /** One request at a time, as the node's mutex. */
  #locked<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#lock.then(() => {
      if (this.#stopped) throw new TestNodeError('STOPPED', 'the test node is stopped');
      return action();
    });
    this.#lock = result.then(
      () => this.#restartPing(),
      () => this.#restartPing(),
    );
    return result;
  }

  #restartPing(): void {
    this.#cancelPing?.();
    if (this.#options.pingMs === 0 || this.#stopped) return;
    this.#cancelPing = this.#clock.setTimer(this.#options.pingMs, () => {
      // A failed ping has dropped the connection, which is all that a node does about it.
      this.ping().catch(() => undefined);
    });
  }
}

function present(signature: Uint8Array): Uint8Array | undefined {
  return signature.length === 0 ? undefined : signature;
}
