/** Where a server for nodes listens: `grpc://host:port`, IPv6 in brackets, port 0 for a free one. */

import { isIPv6 } from 'node:net';
import { PrivvalError } from '../errors.js';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** @throws PrivvalError `ADDRESS_INVALID` */
export function parseGrpcListen(address: string): ListenAddress {
  const match = /^grpc:\/\/(?:\[([0-9A-Fa-f:.%]+)\]|([A-Za-z0-9._-]+)):([0-9]{1,5})$/.exec(address);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3] ?? Number.NaN);
  if (host !== undefined && port <= 65_535) return { host, port };
  throw new PrivvalError({ code: 'ADDRESS_INVALID', address, problem: 'expected grpc://HOST:PORT' });
}

export function formatGrpcListen({ host, port }: ListenAddress): string {
  return `grpc://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** Whether only this machine can reach the host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}
