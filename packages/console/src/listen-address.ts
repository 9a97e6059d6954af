/** `HOST:PORT` as operators write it, parsed once. Names are not resolved here; port 0 asks the system for a free one. */

import { ConsoleError } from './errors.js';

export interface ListenAddress {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Parses `HOST:PORT`; an IPv6 address stands in brackets.
 *
 * @throws ConsoleError `ADDRESS_INVALID`
 */
export function parseListenAddress(address: string): ListenAddress {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):([0-9]{1,5})$/.exec(address);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || !(port <= 65_535)) throw new ConsoleError({ code: 'ADDRESS_INVALID', address });
  return { host, port };
}

/** The inverse of {@link parseListenAddress}. */
export function formatListenAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
