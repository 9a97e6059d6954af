/**
 * Where a node listens for its signer: the value of its `priv_validator_laddr`, as seen from here.
 *
 * Without a scheme tcp is assumed, as nodes do. Names are not resolved here but at each dial.
 */

import { PrivvalError } from '../errors.js';
import { parsePeerId } from '../noise/peer-id.js';

export type NodeAddress =
  | {
      readonly kind: 'tcp';
      readonly host: string;
      readonly port: number;
      /** Hex id of the SecretConnection identity that must answer; undefined: any, since a stock node has a new one at each start. */
      readonly pinned: string | undefined;
    }
  | { readonly kind: 'unix'; readonly path: string }
  | {
      readonly kind: 'noise';
      readonly host: string;
      readonly port: number;
      /** Multihash of the node's peer id. */
      readonly peerId: Uint8Array;
    };

/**
 * Parses `tcp://host:port` (IPv6 in brackets), `tcp://ID@host:port`, `host:port`, `unix:///path` or `noise://PEERID@host:port`.
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
  if (scheme !== 'tcp' && scheme !== 'noise') throw invalid(`the scheme ${JSON.stringify(scheme)} is not supported`);
  const at = rest.lastIndexOf('@');
  const { host, port } = parseHostPort(rest.slice(at + 1), invalid);
  const identity = at < 0 ? undefined : rest.slice(0, at);
  if (scheme === 'noise') {
    if (identity === undefined) throw invalid("expected noise://PEERID@host:port with the node's peer id");
    return { kind: 'noise', host, port, peerId: parsePeerId(identity) };
  }
  if (identity !== undefined && !/^[0-9A-Fa-f]{40}$/.test(identity)) {
    throw invalid('expected 40 hexadecimal digits before the @, the id of a SecretConnection identity');
  }
  return { kind: 'tcp', host, port, pinned: identity?.toLowerCase() };
}

function parseHostPort(text: string, invalid: (problem: string) => PrivvalError): { host: string; port: number } {
  const match = /^(?:\[([0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]+)?)\]|([A-Za-z0-9._-]+)):([0-9]{1,5})$/.exec(text);
  if (match === null) throw invalid('expected host:port, with an IPv6 address in brackets');
  const host = match[1] ?? match[2];
  const port = Number(match[3]);
  if (host === undefined || port < 1 || port > 65_535) throw invalid('the port must be 1 to 65535');
  return { host, port };
}
