/**
 * One entry of `chains[].nodes`: a node that this cosigner dials (`address`), or one that dials this cosigner over gRPC (`listen` with
 * `tls`). Paths of files are relative to the home.
 */

import { parseListenAddress } from '@quorumsign/console';
import { parseFingerprint, parseSubjectAltName } from '@quorumsign/pki';
import { parseNodeAddress } from '@quorumsign/privval';
import { z } from 'zod';

export const TLS_MODES = ['none', 'one-way', 'mutual'] as const;
export type TlsMode = (typeof TLS_MODES)[number];

/** How a node that dials is met; the shape of `NodeServerTls`, with paths as the file has them. */
export type NodeTlsConfig =
  | { readonly mode: 'none' }
  | { readonly mode: 'one-way'; readonly certificate: string; readonly key: string }
  | {
      readonly mode: 'mutual';
      readonly certificate: string;
      readonly key: string;
      readonly clientCa: string;
      readonly allowed:
        | { readonly subjectAltNames: readonly string[]; readonly fingerprints: readonly string[] }
        | undefined;
    };

export type NodeConfig =
  | { readonly kind: 'dial'; readonly address: string }
  | { readonly kind: 'listen'; readonly listen: string; readonly tls: NodeTlsConfig };

const ALLOWED_MAX = 256;
const PATH_CHARACTERS_MAX = 4096;

/** @returns undefined for an address that can be dialled, else what is wrong with it */
export function nodeAddressProblem(text: string): string | undefined {
  if (/^grpc:\/\//i.test(text))
    return 'over gRPC the node dials, and this cosigner listens: give listen: "grpc://HOST:PORT"';
  try {
    parseNodeAddress(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** @returns undefined for `grpc://HOST:PORT`, else what was expected */
export function grpcListenProblem(text: string): string | undefined {
  return parseGrpcListen(text) === undefined
    ? `expected grpc://HOST:PORT, a port from 1 to 65535, found ${JSON.stringify(text)}`
    : undefined;
}

/** @returns undefined for anything but `grpc://HOST:PORT` with a port from 1 */
export function parseGrpcListen(text: string): { readonly host: string; readonly port: number } | undefined {
  if (!text.startsWith('grpc://')) return undefined;
  try {
    const address = parseListenAddress(text.slice('grpc://'.length));
    return address.port >= 1 ? address : undefined;
  } catch {
    return undefined; // not HOST:PORT; the caller says what was expected
  }
}

/** Whether only this machine reaches the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

const addressText = text(nodeAddressProblem);
const listenText = text(grpcListenProblem);
const path = z.string().min(1, 'expected a path').max(PATH_CHARACTERS_MAX);
const names = z.array(text(subjectAltNameProblem)).max(ALLOWED_MAX).default([]);
const fingerprints = z.array(text(fingerprintProblem)).max(ALLOWED_MAX).default([]);

const tls = z
  .strictObject({
    mode: z.enum(TLS_MODES, `expected one of ${TLS_MODES.join(', ')}`),
    certificate: path.optional(),
    key: path.optional(),
    clientCa: path.optional(),
    allowed: z.strictObject({ subjectAltNames: names, fingerprints }).optional(),
  })
  .transform((found, context): NodeTlsConfig => {
    const { mode, certificate, key, clientCa, allowed } = found;
    const fail = (message: string): never => {
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    };
    const given = Object.keys(found).filter((name) => name !== 'mode');
    const superfluous = given.filter((name) => !KEYS[mode].includes(name));
    if (superfluous.length > 0)
      return fail(`mode ${mode}: expected ${words(KEYS[mode])}, found ${words(superfluous)} as well`);
    if (mode === 'none') return { mode };
    if (certificate === undefined || key === undefined) return fail(missing(mode, given));
    if (mode === 'one-way') return { mode, certificate, key };
    if (clientCa === undefined) return fail(missing(mode, given));
    if (allowed !== undefined && allowed.subjectAltNames.length + allowed.fingerprints.length === 0)
      return fail(
        'allowed: expected at least one name or fingerprint, found none; leave it out to admit every node of clientCa',
      );
    return { mode, certificate, key, clientCa, allowed };
  });

const KEYS: Readonly<Record<TlsMode, readonly string[]>> = {
  none: [],
  'one-way': ['certificate', 'key'],
  mutual: ['certificate', 'key', 'clientCa', 'allowed'],
};

export const nodeEntry = z
  .strictObject({ address: addressText.optional(), listen: listenText.optional(), tls: tls.optional() })
  .transform(({ address, listen, tls }, context): NodeConfig => {
    const fail = (message: string): never => {
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    };
    if (address !== undefined && listen !== undefined)
      return fail('expected address (this cosigner dials) or listen (the node dials), found both');
    if (address !== undefined)
      return tls === undefined
        ? { kind: 'dial', address }
        : fail('expected tls beside listen only, found it beside address');
    if (listen === undefined)
      return fail('expected address (this cosigner dials) or listen (the node dials), found neither');
    if (tls === undefined) return fail('expected tls: { mode: none | one-way | mutual, … } beside listen, found none');
    return { kind: 'listen', listen, tls };
  });

/** What a message calls a node: where it is dialled, or where it dials. */
export function nodeLabel(node: NodeConfig): string {
  return node.kind === 'dial' ? node.address : node.listen;
}

function text(problemOf: (value: string) => string | undefined) {
  return z.string().superRefine((value, context) => {
    const message = problemOf(value);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

function subjectAltNameProblem(value: string): string | undefined {
  try {
    parseSubjectAltName(value);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function fingerprintProblem(value: string): string | undefined {
  return parseFingerprint(value) === undefined
    ? 'expected the SHA-256 fingerprint of a certificate, 64 hexadecimal digits as certs show prints it'
    : undefined;
}

function missing(mode: TlsMode, given: readonly string[]): string {
  const needed = KEYS[mode].filter((name) => name !== 'allowed');
  return `mode ${mode}: expected ${words(needed)}, found ${words(given)}`;
}

function words(names: readonly string[]): string {
  return names.length === 0 ? 'nothing else' : names.join(', ');
}
