/**
 * Subject alternative names (RFC 5280, section 4.2.1.6): the names that Go, OpenSSL and this signer look at. Three kinds identify a
 * node or a signer: DNS, IP and URI. Each has one spelling here (DNS in lower case, IP addresses canonical), so that names compare
 * as text; names of other kinds are shown and otherwise ignored.
 */

import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { PkiError } from './errors.js';

export interface SubjectAltName {
  readonly kind: 'DNS' | 'IP' | 'URI';
  readonly value: string;
}

/** More than this on one certificate is a mistake; ours carry a few. */
export const SUBJECT_ALT_NAMES_MAX = 64;
const DNS_CHARACTERS_MAX = 253;
const URI_CHARACTERS_MAX = 512;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Parses what an operator writes: `DNS:sentry-0`, `IP:10.0.1.9`, `URI:…`, or a bare host name or address. A DNS name may begin with
 * `*.`.
 *
 * @throws PkiError `ARGUMENT`
 */
export function parseSubjectAltName(text: string): SubjectAltName {
  const match = /^(DNS|IP|URI):(.*)$/i.exec(text);
  const kind = match?.[1]?.toUpperCase();
  const value = match?.[2] ?? text;
  const name =
    kind === 'URI'
      ? uriName(value)
      : kind === 'IP'
        ? ipName(value)
        : kind === 'DNS'
          ? dnsName(value)
          : (ipName(value) ?? dnsName(value));
  if (name !== undefined) return name;
  const expected = 'DNS:host.example, IP:10.0.1.9, URI:scheme://… or a bare host name or address';
  throw new PkiError({ code: 'ARGUMENT', what: 'subject alternative name', expected, found: JSON.stringify(text) });
}

/** The inverse of {@link parseSubjectAltName}, with its kind. */
export function formatSubjectAltName({ kind, value }: SubjectAltName): string {
  return `${kind}:${value}`;
}

/** Names of these three kinds on a certificate, in their one spelling; what does not parse as such is left out. */
export function readSubjectAltNames(certificate: X509Certificate): SubjectAltName[] {
  return listSubjectAltNames(certificate).flatMap(({ kind, value }) => {
    const name =
      kind === 'DNS'
        ? dnsName(value)
        : kind === 'IP Address'
          ? ipName(value)
          : kind === 'URI'
            ? uriName(value)
            : undefined;
    return name === undefined ? [] : [name];
  });
}

/** Every name on a certificate as a line for people, of whatever kind. */
export function showSubjectAltNames(certificate: X509Certificate): string[] {
  return listSubjectAltNames(certificate).map(({ kind, value }) => {
    const shown = kind === 'IP Address' ? (ipName(value)?.value ?? value) : value;
    return `${kind === 'IP Address' ? 'IP' : kind}:${shown}`;
  });
}

/** The common name of the subject, which nobody checks any more. */
export function commonNameOf(certificate: X509Certificate): string | undefined {
  const line = (certificate.subject ?? '').split('\n').find((each) => each.startsWith('CN='));
  return line?.slice(3);
}

/** IPv6 in its shortest form, without brackets; undefined for what is no address. */
export function canonicalIp(text: string): string | undefined {
  const family = isIP(text);
  if (family === 4) return text;
  // A zone (fe80::1%eth0) belongs to one machine and to no certificate.
  if (family !== 6 || text.includes('%')) return undefined;
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}

/** Node writes `KIND:value, KIND:"value"`; a value with a comma, a quote or bytes beyond ASCII is a JSON string, its commas escaped. */
function listSubjectAltNames(certificate: X509Certificate): { kind: string; value: string }[] {
  const text = certificate.subjectAltName ?? '';
  if (text === '') return [];
  return text.split(', ').map((each) => {
    const colon = each.indexOf(':');
    const value = each.slice(colon + 1);
    return { kind: each.slice(0, colon), value: value.startsWith('"') ? unquote(value) : value };
  });
}

function unquote(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : text;
  } catch {
    return text; // shown as it is; it is no name in its one spelling, so it matches nothing
  }
}

function dnsName(text: string): SubjectAltName | undefined {
  const value = text.toLowerCase();
  const labels = (value.startsWith('*.') ? value.slice(2) : value).split('.');
  const valid = value.length <= DNS_CHARACTERS_MAX && labels.every((label) => LABEL.test(label)) && isIP(value) === 0;
  return valid ? { kind: 'DNS', value } : undefined;
}

function ipName(text: string): SubjectAltName | undefined {
  const value = canonicalIp(text);
  return value === undefined ? undefined : { kind: 'IP', value };
}

function uriName(value: string): SubjectAltName | undefined {
  const valid =
    value.length <= URI_CHARACTERS_MAX && /^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i.test(value) && URL.canParse(value);
  return valid ? { kind: 'URI', value } : undefined;
}
