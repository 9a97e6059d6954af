/**
 * A reset that Node does not tell of. HTTP/2 reads nothing while a write is under way, and over TLS a write that follows a failed one before
 * the loop polls is under way for ever (Node 20.20, 22.23, 24.21). So a peer that is killed while it is answered would not be
 * missed: the kernel has the reset, and nobody asks for it. To be asked a little after each write.
 */

import type { TLSSocket } from 'node:tls';

/** Whether the kernel has no peer for this socket any more. */
export function isReset(socket: TLSSocket): boolean {
  // What Node itself says of the peer's address it remembers from better days; this asks the kernel. Not public: should it go, the
  // peer's end is still noticed by its silence. Reading again would find the reset too, but a peer that sends and never
  // reads could then fill this process's memory.
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null) return false;
  const getpeername: unknown = Reflect.get(handle, 'getpeername');
  return typeof getpeername === 'function' && Reflect.apply(getpeername, handle, [{}]) !== 0;
}
