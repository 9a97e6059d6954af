/**
 * One call of a node to its one answer: `tendermint.privval.PrivValidatorAPI` over the request handling of the raw transports.
 */

import { status } from '@grpc/grpc-js';
import { PrivvalError } from '../errors.js';
import { encodeReply } from '../messages/reply-encoder.js';
import { decodeRequest } from '../messages/request-decoder.js';
import { handleRequest, type RequestContext } from '../requests/request-handler.js';
import type { SignerBackend } from '../signer-backend.js';
import { CallRefusal, denied, invalid, unavailable } from './call-refusal.js';
import { type Method, unwrapReply, wrapRequest } from './unary-message.js';

/**
 * Answers one call.
 *
 * @param body - PubKeyRequest, SignVoteRequest or SignProposalRequest
 * @param signal - aborts when nobody waits any more
 * @returns the response's bytes, at most 10240
 * @throws CallRefusal
 */
export async function answerCall(
  method: Method,
  body: Uint8Array,
  context: RequestContext,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const watched = watchDenials(context.backend);
  try {
    const request = decodeRequest(wrapRequest(method, body));
    const handled = await handleRequest(request, { ...context, backend: watched.backend }, signal);
    if (handled.kind === 'gave-up') throw unavailable(handled.reason);
    const { reply } = handled;
    if (reply.kind !== 'refused') return unwrapReply(method, encodeReply(reply));
    if (reply.request === 'pub-key') throw new CallRefusal(status.NOT_FOUND, reply.message);
    throw watched.denied() ? denied(reply.message) : invalid(reply.message);
  } catch (error) {
    if (!(error instanceof PrivvalError)) throw error;
    if (error.code === 'MESSAGE_MALFORMED') throw invalid(error.message, { cause: error });
    throw new CallRefusal(status.INTERNAL, error.message, { cause: error });
  }
}

/** Tells a denial by the rule from a request that nobody could sign: in the reply both are refusals. */
function watchDenials(backend: SignerBackend): { backend: SignerBackend; denied: () => boolean } {
  let denials = 0;
  const count = <Outcome extends { readonly kind: string }>(outcome: Outcome): Outcome => {
    if (outcome.kind === 'denied') denials++;
    return outcome;
  };
  return {
    backend: {
      publicKey: (chainId) => backend.publicKey(chainId),
      sign: async (request, signal) => count(await backend.sign(request, signal)),
      signRaw: async (request, signal) => count(await backend.signRaw(request, signal)),
    },
    denied: () => denials > 0,
  };
}
