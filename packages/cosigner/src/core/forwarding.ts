/**
 * A node's request on its one hop: from the follower that the node asked to the leader, and the answer back.
 *
 * The follower keeps the request and its deadline; the leader's word is believed only as far as it verifies. A leader that
 * gives up says nothing: the follower holds on, for the next leader.
 */

import {
  encodeProposalSignBytes,
  encodeVoteSignBytes,
  type ParsedSignBytes,
  type Timestamp,
} from '@quorumsign/sign-state';
import type { ForwardReply, ForwardRequest } from '../gen/cosigner/cosigner.js';
import type { Outbox } from './outbox.js';
import type { Requests } from './requests.js';
import type { AskedRequest, Connection, CoreChain, CoreDeps, HeldRequest, Outcome } from './types.js';

const NOTHING = new Uint8Array();
const EMPTY: Omit<ForwardReply, 'id'> = {
  signature: NOTHING,
  seconds: 0n,
  nanos: 0,
  extensionSignature: NOTHING,
  denied: '',
  notLeader: false,
};

export interface ForwardingDeps {
  readonly deps: CoreDeps;
  readonly outbox: Outbox;
  readonly requests: Requests;
  chain(chainId: string): CoreChain | undefined;
  isConnection(connection: Connection): boolean;
  isLeader(): boolean;
  accept(asked: Omit<AskedRequest, 'id'>): void;
  /** A signature came back. */
  signed(): void;
}

export class Forwarding {
  readonly #d: ForwardingDeps;

  constructor(deps: ForwardingDeps) {
    this.#d = deps;
  }

  forward(request: HeldRequest, to: Connection): void {
    const leftMs = Math.max(1, Math.ceil(request.deadlineMs - this.#d.deps.monotonicMs()));
    this.#d.outbox.urgentFrame(to.peer).forwardRequests.push({
      id: BigInt(request.id),
      chainId: request.message.chainId,
      signBytes: request.message.bytes,
      extensionSignBytes: request.extension?.bytes ?? NOTHING,
      wantsExtension: request.extension !== undefined,
      deadlineMs: leftMs,
    });
  }

  /** The node has gone: the leader need not go on for its sake. */
  withdraw({ id, forwardedTo }: HeldRequest): void {
    const to = forwardedTo?.connection;
    if (to !== undefined && this.#d.isConnection(to)) {
      this.#d.outbox.urgentFrame(to.peer).forwardWithdrawn.push(BigInt(id));
    }
  }

  asked(from: Connection, { id, ...asked }: ForwardRequest): void {
    if (!this.#d.isLeader()) {
      this.#d.outbox.urgentFrame(from.peer).forwardReplies.push({ ...EMPTY, id, notLeader: true });
      return;
    }
    for (const held of this.#d.requests.all()) if (isOf(held, from, id)) return;
    const origin = { ...from, forwardId: id };
    this.#d.accept({
      signBytes: asked.signBytes,
      extensionSignBytes: asked.wantsExtension ? asked.extensionSignBytes : undefined,
      holdMs: asked.deadlineMs,
      origin,
      answer: (outcome) => this.#answer(origin, outcome),
    });
  }

  withdrawn(from: Connection, id: bigint): void {
    for (const held of this.#d.requests.all()) if (isOf(held, from, id)) this.#d.requests.remove(held.id);
  }

  answered(from: Connection, reply: ForwardReply): void {
    const { requests, deps } = this.#d;
    const request = requests.get(Number(reply.id));
    if (request?.forwardedTo?.connection.connectionId !== from.connectionId) return;
    if (reply.notLeader) {
      request.forwardedTo = undefined; // Asked again with the next look at it, by then perhaps of another.
      return;
    }
    if (reply.denied !== '') {
      requests.settle(request, { kind: 'denied', message: reply.denied });
      return;
    }
    const { signature, extensionSignature } = reply;
    const timestamp = { seconds: reply.seconds, nanos: reply.nanos };
    if (!this.#isSignatureFor(request, signature, timestamp, extensionSignature)) {
      deps.effects.event({ kind: 'bad-frame', peer: from.peer, reason: 'a forwarded signature does not verify' });
      return;
    }
    this.#d.signed();
    const extension = request.extension === undefined ? undefined : extensionSignature;
    requests.settle(request, { kind: 'signed', signature, timestamp, extensionSignature: extension });
  }

  #answer(origin: NonNullable<HeldRequest['origin']>, outcome: Outcome): void {
    if (outcome.kind === 'gave-up' || !this.#d.isConnection(origin)) return;
    const reply =
      outcome.kind === 'denied'
        ? { ...EMPTY, denied: outcome.message }
        : {
            ...EMPTY,
            signature: outcome.signature,
            seconds: outcome.timestamp.seconds,
            nanos: outcome.timestamp.nanos,
            extensionSignature: outcome.extensionSignature ?? NOTHING,
          };
    this.#d.outbox.urgentFrame(origin.peer).forwardReplies.push({ ...reply, id: origin.forwardId });
  }

  #isSignatureFor(
    { message, extension }: HeldRequest,
    signature: Uint8Array,
    timestamp: Timestamp,
    extensionSignature: Uint8Array,
  ): boolean {
    const { verify } = this.#d.deps;
    const key = this.#d.chain(message.chainId)?.group.groupKey;
    const bytes = withTimestamp(message, timestamp);
    if (key === undefined || bytes === undefined || !verify(key, bytes, signature)) return false;
    return extension === undefined || verify(key, extension.bytes, extensionSignature);
  }
}

function isOf({ origin }: HeldRequest, from: Connection, id: bigint): boolean {
  return origin?.peer === from.peer && origin.forwardId === id;
}

function withTimestamp(message: ParsedSignBytes, timestamp: Timestamp): Uint8Array | undefined {
  const { step, height, round, polRound, blockId, chainId } = message;
  try {
    return step === 'proposal'
      ? encodeProposalSignBytes({ height, round, polRound, blockId, timestamp, chainId })
      : encodeVoteSignBytes({ type: step, height, round, blockId, timestamp, chainId });
  } catch {
    return undefined; // A timestamp that no message can have: the leader lies.
  }
}
