/**
 * The name a certificate carries: one URI, `quorumsign://CLUSTER/NAME`. Both parts are percent-encoded except RFC 3986's
 * unreserved characters, so there is exactly one spelling of an identity; any other is refused.
 */

import { PkiError } from './errors.js';

/** A cosigner of a cluster. */
export interface CosignerIdentity {
  readonly cluster: string;
  readonly cosigner: string;
}

/** Longest cluster or cosigner name, in bytes of UTF-8; encoded, both fit a common name's neighbourhood and one log line. */
export const NAME_BYTES_MAX = 128;

/**
 * Encodes an identity as its URI.
 *
 * @throws PkiError `ARGUMENT` for an empty or overlong name, or one with unpaired surrogates
 */
export function encodeIdentityUri({ cluster, cosigner }: CosignerIdentity): string {
  return `quorumsign://${encodeName('cluster name', cluster)}/${encodeName('cosigner name', cosigner)}`;
}

/** Parses an identity URI strictly; undefined if it is not one in its only spelling. */
export function parseIdentityUri(uri: string): CosignerIdentity | undefined {
  const match = /^quorumsign:\/\/([A-Za-z0-9._~%-]+)\/([A-Za-z0-9._~%-]+)$/.exec(uri);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  try {
    const identity = { cluster: decodeURIComponent(match[1]), cosigner: decodeURIComponent(match[2]) };
    return encodeIdentityUri(identity) === uri ? identity : undefined;
  } catch {
    return undefined; // broken percent-encoding: not an identity, which is what undefined says
  }
}

/** Percent-encodes one name; the result is also used as the certificate's common name. */
export function encodeName(what: string, name: string): string {
  const bytes = new TextEncoder().encode(name);
  if (bytes.length === 0 || bytes.length > NAME_BYTES_MAX || !isWellFormed(name)) {
    throw new PkiError({
      code: 'ARGUMENT',
      what,
      expected: `1 to ${NAME_BYTES_MAX} bytes of text`,
      found: isWellFormed(name) ? `${bytes.length} bytes` : 'broken Unicode',
    });
  }
  return Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9._~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

/** Whether text survives UTF-8; an unpaired surrogate does not, and two such names would become one. */
function isWellFormed(name: string): boolean {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(name)) === name;
}
