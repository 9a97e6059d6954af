/**
 * Does anything accept a TCP connection at this address? Asked before a dial whose predecessor never opened: gRPC cannot be told
 * to give up a connection attempt, and behind a silent firewall its sockets would pile up for minutes each; and while a peer is
 * being restarted it is the cheapest way to see the moment when it listens.
 */

import { connect } from 'node:net';
import type { PeerClock } from './dependencies.js';

export interface ProbeFailure {
  readonly reason: string;
  /** The machine is there and nothing listens. */
  readonly refused: boolean;
}

/** Reports once: undefined when something accepts, else why not; the returned function gives up without a report. */
export type ProbeTcp = (report: (failure?: ProbeFailure) => void) => () => void;

/** See {@link ProbeTcp}. */
export function probeTcp(
  clock: PeerClock,
  address: string,
  timeoutMs: number,
  report: (failure?: ProbeFailure) => void,
): () => void {
  const { host, port } = splitAddress(address);
  const socket = connect({ host, port });
  let reported = false;
  const finish = (failure?: ProbeFailure): void => {
    if (reported) return;
    reported = true;
    cancel();
    socket.destroy();
    report(failure);
  };
  const cancel = clock.setTimer(timeoutMs, () =>
    finish({ reason: `no answer from ${address} within ${timeoutMs} ms`, refused: false }),
  );
  socket.once('connect', () => finish());
  // Stays, because a destroyed socket may still report an error.
  socket.on('error', ({ message, code }: NodeJS.ErrnoException) =>
    // Of a name with several addresses Node's error has a code and no message.
    finish({ reason: message || `connect ${code} ${address}`, refused: code === 'ECONNREFUSED' }),
  );
  return () => {
    reported = true;
    cancel();
    socket.destroy();
  };
}

/** Splits `host:port`; an IPv6 address stands in brackets. */
export function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  return {
    host: address.slice(0, Math.max(colon, 0)).replace(/^\[(.*)\]$/, '$1'),
    port: Number(address.slice(colon + 1)),
  };
}
