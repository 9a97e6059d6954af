/**
 * Makes Node read a socket that HTTP/2 has stopped reading. HTTP/2 does so while a write is under way, and over TLS a write that follows
 * a failed one before the loop polls is under way for ever (Node 20.20, 22.23, 24.21). So a peer that is killed while it is
 * answered would not be missed: the kernel has the reset, and nobody asks for it. To be called a little after each write. On a
 * connection that is well this changes nothing: HTTP/2 expects input during a write, and keeps it.
 */

import type { TLSSocket } from 'node:tls';

export function readAgain(socket: TLSSocket): void {
  // No public way leads there. Should this one go, the peer's end is still noticed by its silence.
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null) return;
  const readStart: unknown = Reflect.get(handle, 'readStart');
  if (typeof readStart === 'function') Reflect.apply(readStart, handle, []);
}
