/**
 * Where a node listens for its signer: the value of its `priv_validator_laddr`, as seen from here.
 *
 * Without a scheme tcp is assumed, as nodes do. Names are not resolved here but at each dial.
 */

import { PrivvalError } from '../errors.js';

export type NodeAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/**
 * Parses `tcp://host:port` (IPv6 in brackets), `host:port` or `unix:///path`.
 *
 * @throws PrivvalError `ADDRESS_INVALID`
 */
export function parseNodeAddress(address: string): NodeAddress {
  const invalid = (problem: string) => new PrivvalError({ code: 'ADDRESS_INVALID', address, problem });
  const schemeEnd = address.indexOf('://');
  const scheme = schemeEnd < 0 ? 'tcp' : address.slice(0, schemeEnd);
  const rest = schemeEnd < 0 ? address : address.slice(schemeEnd + 3);
  if (scheme === 'unix') {
    if (!rest.startsWith('/')) throw invalid('the socket path must be absolute');
    if (rest.includes('\0')) throw invalid('the socket path holds a zero byte');
    // sun_path of Linux is 108 bytes with its final zero; a longer path would be cut silently.
    if (Buffer.byteLength(rest) > 107) throw invalid('the socket path is longer than 107 bytes');
    return { kind: 'unix', path: rest };
  }
  if (scheme !== 'tcp') throw invalid(`the scheme ${JSON.stringify(scheme)} is not supported`);
  const match = /^(?:\[([0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]+)?)\]|([A-Za-z0-9._-]+)):([0-9]{1,5})$/.exec(rest);
  if (match === null) throw invalid('expected host:port, with an IPv6 address in brackets');
  const host = match[1] ?? match[2];
  const port = Number(match[3]);
  if (host === undefined || port < 1 || port > 65_535) throw invalid('the port must be 1 to 65535');
  return { kind: 'tcp', host, port };
}
