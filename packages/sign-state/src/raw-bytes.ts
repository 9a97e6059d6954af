/**
 * The rule for bytes without height, round and step: what stands in the place of the mark where no HRS exists.
 *
 * Three kinds reach a signer: Celestia's SignRawBytes, CometBFT 1.0's SignBytes, and the second ("non-replay-protected")
 * vote extension of 2.0. Nothing orders them, so nothing can be signed "twice": two of them are no offence. The one harm they
 * can do is to be the sign bytes of a vote, a proposal or an extension, signed around the mark. So:
 *
 * 1. Off unless the chain's own policy on each cosigner switches the kind on, with the prefixes that it allows.
 * 2. The bytes begin with a text that no sign bytes begin with. Sign bytes are a length below 2^21 as a varint, then a field
 *    key that is one of 08, 0a, 11, 19, 22: an allowed prefix is at least eight characters of {@link PREFIX_PATTERN}, whose
 *    first byte is a whole varint and whose second byte is none of these keys.
 * 3. Whatever still parses as sign bytes is refused all the same, whatever prefixes a policy holds.
 *
 * An empty second extension is signed where the kind is on: no sign bytes are empty. Each cosigner checks the bytes itself.
 */

import { ProtoReader, ProtoWriter } from './proto.js';
import { CHAIN_ID_BYTES_MAX, equalBytes, parseExtensionSignBytes, parseSignBytes } from './sign-bytes.js';
import { encodeUtf8 } from './utf8.js';

export const RAW_BYTES_KINDS = ['celestia', 'sign-bytes', 'second-extension'] as const;
export type RawBytesKind = (typeof RAW_BYTES_KINDS)[number];

/** Which kinds a chain signs; for each, the texts that the bytes (for Celestia: the unique id) must begin with. */
export type RawBytesPolicy = Readonly<Partial<Record<RawBytesKind, readonly string[]>>>;

/** Largest raw bytes: a 1 MiB message and its frame. */
export const RAW_BYTES_MAX = 1024 * 1024 + 1024;
/**
 * What a prefix of {@link RawBytesPolicy} must look like; whoever reads a policy in checks it. Celestia's unique ids are free,
 * their domain is separate already.
 */
export const PREFIX_PATTERN = /^[A-Za-z0-9][A-Za-z0-9:._/-]{7,63}$/;
/** What everything that Celestia signs outside consensus begins with (celestia-core, `RawBytesMessageSignBytes`). */
const CELESTIA_PREFIX = encodeUtf8('COMET::RAW_BYTES::SIGN');

export interface CelestiaRawBytes {
  readonly chainId: string;
  readonly rawBytes: Uint8Array;
  readonly uniqueId: string;
}

/** What is signed for Celestia's SignRawBytesRequest: the prefix, then the delimited request. */
export function encodeCelestiaRawBytes({ chainId, rawBytes, uniqueId }: CelestiaRawBytes): Uint8Array {
  const writer = new ProtoWriter();
  writer.string(1, chainId);
  writer.bytes(2, rawBytes);
  writer.string(3, uniqueId);
  const request = writer.delimited();
  const bytes = new Uint8Array(CELESTIA_PREFIX.length + request.length);
  bytes.set(CELESTIA_PREFIX);
  bytes.set(request, CELESTIA_PREFIX.length);
  return bytes;
}

/** @returns undefined when the bytes may be signed, else why not and what to do */
export function checkRawBytes(
  kind: RawBytesKind,
  bytes: Uint8Array,
  chain: { readonly chainId: string; readonly policy: RawBytesPolicy },
): string | undefined {
  const prefixes = chain.policy[kind];
  if (prefixes === undefined) return `raw bytes (${kind}) are not signed for this chain; see chains[].rawBytes`;
  if (bytes.length > RAW_BYTES_MAX) return `expected at most ${RAW_BYTES_MAX} raw bytes, found ${bytes.length}`;
  const reason = kind === 'celestia' ? celestiaProblem(bytes, chain.chainId, prefixes) : prefixProblem(bytes, prefixes);
  if (reason !== undefined && !(kind === 'second-extension' && bytes.length === 0)) return reason;
  return isSignBytes(bytes)
    ? 'raw bytes that are those of a vote, a proposal or an extension are never signed'
    : undefined;
}

function prefixProblem(bytes: Uint8Array, prefixes: readonly string[]): string | undefined {
  const allowed = prefixes.some((prefix) => startsWith(bytes, prefix));
  return allowed ? undefined : `expected raw bytes that begin with one of: ${prefixes.join(', ')} (chains[].rawBytes)`;
}

function celestiaProblem(bytes: Uint8Array, chainId: string, prefixes: readonly string[]): string | undefined {
  const found = parseCelestia(bytes);
  if (found === undefined) return 'expected the sign bytes of a SignRawBytesRequest';
  if (found.chainId !== chainId) return `expected raw bytes for chain ${chainId}, found another chain id`;
  if (found.rawBytes.length === 0 || found.uniqueId === '') return 'expected raw bytes and a unique id, found none';
  if (prefixes.some((prefix) => prefix !== '' && found.uniqueId.startsWith(prefix))) return undefined;
  return `expected a unique id that begins with one of: ${prefixes.join(', ')} (chains[].rawBytes)`;
}

/** Strict: only what {@link encodeCelestiaRawBytes} writes. */
function parseCelestia(bytes: Uint8Array): CelestiaRawBytes | undefined {
  if (!equalBytes(bytes.subarray(0, CELESTIA_PREFIX.length), CELESTIA_PREFIX)) return undefined;
  try {
    const fields = ProtoReader.delimited(bytes.subarray(CELESTIA_PREFIX.length)).fields();
    const found = { chainId: fields.string(1), rawBytes: fields.bytes(2), uniqueId: fields.string(3) };
    const { length } = encodeUtf8(found.chainId);
    return length <= CHAIN_ID_BYTES_MAX && equalBytes(encodeCelestiaRawBytes(found), bytes) ? found : undefined;
  } catch {
    return undefined;
  }
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  const prefix = encodeUtf8(text);
  return equalBytes(bytes.subarray(0, prefix.length), prefix);
}

function isSignBytes(bytes: Uint8Array): boolean {
  return [parseSignBytes, parseExtensionSignBytes].some((parse) => {
    try {
      parse(bytes);
      return true;
    } catch {
      return false;
    }
  });
}
