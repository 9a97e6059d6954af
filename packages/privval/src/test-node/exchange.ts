/**
 * One request and its reply on one connection of a test node, with the limits of a real node's reader.
 */

import type { RequestFault } from './fault.js';
import type { SlotConnection } from './signer-slot.js';
import { TestNodeError } from './test-node-error.js';
import { delimit, WireMessage } from './wire.js';

/** Largest reply that nodes before v0.40 read. */
const REPLY_BYTES_MAX = 10_240;

/**
 * Sends a message, or misbehaves instead, and reads the reply.
 *
 * @returns the reply without its length prefix
 * @throws TestNodeError, or what the connection threw; either way the connection cannot be used again
 */
export async function exchange(
  connection: SlotConnection,
  message: Uint8Array,
  options: { fault: RequestFault | undefined; readTimeoutMs: number },
): Promise<Uint8Array> {
  sendOrMisbehave(connection, delimit(message), options.fault);
  const { readTimeoutMs } = options;
  let length = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = (await connection.link.read(1, readTimeoutMs))[0] ?? 0;
    length += (byte & 0x7f) * scale;
    if (length > REPLY_BYTES_MAX) throw new TestNodeError('REPLY_TOO_LARGE', `${length} bytes or more`);
    if (byte < 0x80) return connection.link.read(length, readTimeoutMs);
  }
}

/** The one message in a reply. @throws TestNodeError `REPLY_MALFORMED` if the reply is of another type */
export function expectBody(reply: Uint8Array, field: number): WireMessage {
  const message = new WireMessage(reply);
  const body = message.message(field);
  if (body === undefined || message.fields.length !== 1) {
    const found = message.fields.join(', ') || 'none';
    throw new TestNodeError('REPLY_MALFORMED', `expected message ${field}, found ${found}`);
  }
  return body;
}

function sendOrMisbehave(connection: SlotConnection, framed: Buffer, fault: RequestFault | undefined): void {
  const { link, stream } = connection;
  switch (fault) {
    case undefined:
      link.write(framed);
      return;
    case 'half-request':
      link.write(framed.subarray(0, Math.ceil(framed.length / 2)));
      return;
    case 'close-after-request':
      link.write(framed);
      stream.destroySoon();
      return;
    case 'oversize-request':
      link.write(Buffer.from('ffffff7f', 'hex'));
      return;
    case 'broken-protobuf':
      link.write(Buffer.from('031affff', 'hex'));
      return;
    case 'altered-request':
      link.writeAltered(framed);
      return;
  }
}
