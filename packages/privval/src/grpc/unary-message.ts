/**
 * The bodies of gRPC calls as the privval `Message` that the raw transports carry, and back: one parser, one encoder and one set
 * of strict checks serve both. A body is what stands in one field of `Message`; the field is the method.
 */

import { PrivvalError } from '../errors.js';

export const METHODS = {
  GetPubKey: { request: 1, response: 2 },
  SignVote: { request: 3, response: 4 },
  SignProposal: { request: 5, response: 6 },
} as const;
export type Method = keyof typeof METHODS;

/** `body` as the field of a request `Message`. */
export function wrapRequest(method: Method, body: Uint8Array): Uint8Array {
  const head = [(METHODS[method].request << 3) | 2];
  let rest = body.length;
  while (rest >= 0x80) {
    head.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  head.push(rest);
  const message = new Uint8Array(head.length + body.length);
  message.set(head);
  message.set(body, head.length);
  return message;
}

/** The body of a reply `Message`, a view. @throws PrivvalError `BACKEND_OUTCOME_INVALID` for the reply of another method */
export function unwrapReply(method: Method, message: Uint8Array): Uint8Array {
  if (message[0] !== ((METHODS[method].response << 3) | 2)) {
    throw new PrivvalError({ code: 'BACKEND_OUTCOME_INVALID', problem: `a reply that is not one of ${method}` });
  }
  let at = 1;
  while ((message[at] ?? 0) >= 0x80) at++;
  return message.subarray(at + 1);
}
