/**
 * One request of a node to its one answer; knows nothing of connections (protocol notes, section 3).
 *
 * Public key and ping are answered at once and from memory, whatever state the cluster is in: a node that gets no key
 * does not start. What can never be signed is refused in-band; a node takes that as final and goes on. The rest goes to
 * the backend. No answer at all (`gave-up`) is for what may still be signed elsewhere: the caller ends the connection,
 * and the node asks again.
 */

import { encodeCelestiaRawBytes } from '@quorumsign/sign-state';
import { PrivvalError } from '../errors.js';
import type { NodeProposal, NodeReply, NodeRequest, NodeVote } from '../messages/node-message.js';
import { encodeReply } from '../messages/reply-encoder.js';
import { decodeRequest } from '../messages/request-decoder.js';
import type { RawSignOutcome, RawSignRequest, SignerBackend, SignOutcome, SignRequest } from '../signer-backend.js';
import { checkProposal, checkVote, type SignExtensions } from './sign-checks.js';

const SIGNATURE_BYTES = 64;

export interface RequestContext {
  /** The one chain whose requests are answered on this connection. */
  readonly chainId: string;
  readonly backend: SignerBackend;
  readonly signExtensions: SignExtensions;
  /** Whose request field 9 of a message is: CometBFT 1.0's SignBytes (the default) or Celestia's SignRawBytes. Never guessed. */
  readonly rawMessages?: 'sign-bytes' | 'celestia';
  /** Whether CometBFT 2.0's second vote extension is signed; default false. */
  readonly secondExtension?: boolean;
}

export type HandledRequest =
  | { readonly kind: 'reply'; readonly reply: NodeReply }
  | { readonly kind: 'gave-up'; readonly reason: string };

export type HandledMessage =
  | { readonly kind: 'reply' /** `Message` without length prefix, at most 10240 bytes. */; readonly bytes: Uint8Array }
  | { readonly kind: 'gave-up'; readonly reason: string };

/**
 * Answers one encoded request.
 *
 * @param bytes - a privval `Message` without its length prefix
 * @param signal - aborts when the node has gone
 * @throws PrivvalError `MESSAGE_MALFORMED` for bytes that are no message; `BACKEND_OUTCOME_INVALID`, `REPLY_TOO_LARGE`
 *   for bugs on our side. In each case the connection must be ended: it may be out of step.
 */
export async function handleMessage(
  bytes: Uint8Array,
  context: RequestContext,
  signal: AbortSignal,
): Promise<HandledMessage> {
  const handled = await handleRequest(decodeRequest(bytes), context, signal);
  return handled.kind === 'reply' ? { kind: 'reply', bytes: encodeReply(handled.reply) } : handled;
}

/** Answers one decoded request; errors as {@link handleMessage}. */
export async function handleRequest(
  request: NodeRequest,
  context: RequestContext,
  signal: AbortSignal,
): Promise<HandledRequest> {
  switch (request.kind) {
    case 'ping':
      return { kind: 'reply', reply: { kind: 'ping' } };
    case 'pub-key':
      return { kind: 'reply', reply: answerPublicKey(request.chainId, context) };
    case 'sign-vote':
      return signVote(request, context, signal);
    case 'sign-proposal':
      return signProposal(request, context, signal);
    case 'sign-bytes':
      return signBytes(request, context, signal);
    case 'unknown':
      return { kind: 'reply', reply: { kind: 'empty' } };
  }
}

function answerPublicKey(chainId: string, context: RequestContext): NodeReply {
  const publicKey = chainId === context.chainId ? context.backend.publicKey(chainId) : undefined;
  return publicKey === undefined
    ? { kind: 'refused', request: 'pub-key', message: wrongChain(chainId, context) }
    : { kind: 'pub-key', publicKey };
}

async function signVote(
  request: { chainId: string; vote: NodeVote; skipExtensionSigning: boolean },
  context: RequestContext,
  signal: AbortSignal,
): Promise<HandledRequest> {
  const { vote, chainId, skipExtensionSigning } = request;
  if (chainId !== context.chainId) return refuse('sign-vote', wrongChain(chainId, context));
  const { signExtensions, secondExtension = false } = context;
  const checked = checkVote(vote, { chainId, signExtensions, skipExtensionSigning, secondExtension });
  if (checked.kind === 'refused') return refuse('sign-vote', checked.message);
  const { signRequest } = checked;
  const wantsSecond = secondExtension && signRequest.extensionSignBytes !== undefined;
  const second = { chainId, kind: 'second-extension', bytes: vote.nonRpExtension } as const;
  const [outcome, secondOutcome] = await Promise.all([
    requestSignature(signRequest, context, signal),
    wantsSecond ? requestRawSignature(second, context, signal) : undefined,
  ]);
  // A node wants all its signatures or none.
  for (const each of [outcome, secondOutcome]) {
    if (each?.kind === 'denied') return refuse('sign-vote', each.message);
    if (each?.kind === 'gave-up') return each;
  }
  if (outcome.kind !== 'signed') throw new Error('impossible: an outcome of a fourth kind');
  const { timestamp, signature, extensionSignature } = outcome;
  const secondExtensionSignature = secondOutcome?.kind === 'signed' ? secondOutcome.signature : undefined;
  const signed = { timestamp, signature, extensionSignature, secondExtensionSignature };
  return { kind: 'reply', reply: { kind: 'signed-vote', vote, ...signed } };
}

async function signBytes(
  request: Extract<NodeRequest, { kind: 'sign-bytes' }>,
  context: RequestContext,
  signal: AbortSignal,
): Promise<HandledRequest> {
  const { chainId } = context;
  const checked = rawRequestOf(request, context);
  if (typeof checked === 'string') return refuse('sign-bytes', checked);
  const outcome = await requestRawSignature({ chainId, ...checked }, context, signal);
  if (outcome.kind === 'denied') return refuse('sign-bytes', outcome.message);
  if (outcome.kind === 'gave-up') return outcome;
  return { kind: 'reply', reply: { kind: 'signed-bytes', signature: outcome.signature } };
}

/** @returns what is to be signed, or why it cannot be */
function rawRequestOf(
  { value, rawBytes, uniqueId }: Extract<NodeRequest, { kind: 'sign-bytes' }>,
  context: RequestContext,
): Pick<RawSignRequest, 'kind' | 'bytes'> | string {
  if (context.rawMessages !== 'celestia') return { kind: 'sign-bytes', bytes: value };
  const chainId = new TextDecoder().decode(value);
  if (chainId !== context.chainId) return wrongChain(chainId, context);
  return { kind: 'celestia', bytes: encodeCelestiaRawBytes({ chainId, rawBytes, uniqueId }) };
}

async function requestRawSignature(
  request: RawSignRequest,
  context: RequestContext,
  signal: AbortSignal,
): Promise<RawSignOutcome> {
  let outcome: RawSignOutcome;
  try {
    outcome = await context.backend.signRaw(request, signal);
  } catch (cause) {
    throw new PrivvalError({ code: 'BACKEND_OUTCOME_INVALID', problem: 'signRaw() rejected' }, { cause });
  }
  if (outcome.kind === 'signed' && outcome.signature.length !== SIGNATURE_BYTES) {
    const problem = `a signature of ${outcome.signature.length} bytes`;
    throw new PrivvalError({ code: 'BACKEND_OUTCOME_INVALID', problem });
  }
  return outcome;
}

async function signProposal(
  request: { chainId: string; proposal: NodeProposal },
  context: RequestContext,
  signal: AbortSignal,
): Promise<HandledRequest> {
  const { proposal, chainId } = request;
  if (chainId !== context.chainId) return refuse('sign-proposal', wrongChain(chainId, context));
  const checked = checkProposal(proposal, { chainId });
  if (checked.kind === 'refused') return refuse('sign-proposal', checked.message);
  const outcome = await requestSignature(checked.signRequest, context, signal);
  if (outcome.kind === 'denied') return refuse('sign-proposal', outcome.message);
  if (outcome.kind === 'gave-up') return outcome;
  const { timestamp, signature } = outcome;
  return { kind: 'reply', reply: { kind: 'signed-proposal', proposal, timestamp, signature } };
}

async function requestSignature(
  request: SignRequest,
  context: RequestContext,
  signal: AbortSignal,
): Promise<SignOutcome> {
  let outcome: SignOutcome;
  try {
    outcome = await context.backend.sign(request, signal);
  } catch (cause) {
    throw new PrivvalError({ code: 'BACKEND_OUTCOME_INVALID', problem: 'sign() rejected' }, { cause });
  }
  if (outcome.kind === 'signed') assertFits(outcome, request);
  return outcome;
}

/** A node panics on an extension signature too many, or one too few: such a reply must never leave. */
function assertFits(outcome: Extract<SignOutcome, { kind: 'signed' }>, request: SignRequest): void {
  const problem = findMisfit(outcome, request);
  if (problem !== undefined) throw new PrivvalError({ code: 'BACKEND_OUTCOME_INVALID', problem });
}

function findMisfit(outcome: Extract<SignOutcome, { kind: 'signed' }>, request: SignRequest): string | undefined {
  const { signature, extensionSignature } = outcome;
  if (signature.length !== SIGNATURE_BYTES) return `a signature of ${signature.length} bytes`;
  if (request.extensionSignBytes === undefined) {
    return extensionSignature === undefined ? undefined : 'an extension signature that was not asked for';
  }
  if (extensionSignature === undefined) return 'no extension signature';
  return extensionSignature.length === SIGNATURE_BYTES
    ? undefined
    : `an extension signature of ${extensionSignature.length} bytes`;
}

function refuse(request: 'sign-vote' | 'sign-proposal' | 'sign-bytes', message: string): HandledRequest {
  return { kind: 'reply', reply: { kind: 'refused', request, message } };
}

function wrongChain(found: string, context: RequestContext): string {
  // Cut: the text comes from the peer, and the reply has a limit.
  return `this signer answers for chain ${JSON.stringify(context.chainId)}, the request is for ${JSON.stringify(found.slice(0, 64))}`;
}
