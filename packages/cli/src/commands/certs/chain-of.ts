/** Where a certificate leads among the others that were given: for `certs show`, which knows of no trusted authority. */

import type { X509Certificate } from 'node:crypto';
import { isIssuedBy, isSelfSigned } from '@quorumsign/pki';

export interface ShownChain {
  /** File and place of each certificate from this one to the last that was found. */
  readonly path: readonly string[];
  /** Whether it ends in an authority that signed itself. */
  readonly complete: boolean;
  /** Undefined when complete: the name of the issuer that is not among the files. */
  readonly missing: string | undefined;
}

interface Placed {
  readonly file: string;
  readonly place: number;
  readonly certificate: X509Certificate;
}

/** A chain has a handful of certificates; more would be a circle. */
const STEPS_MAX = 8;

export function chainOf(certificate: X509Certificate, all: readonly Placed[]): ShownChain {
  const labels: string[] = [];
  let current: X509Certificate | undefined = certificate;
  let last = certificate;
  for (let step = 0; current !== undefined && step < STEPS_MAX; step++) {
    last = current;
    labels.push(labelOf(last, all));
    if (isSelfSigned(last)) return { path: labels, complete: true, missing: undefined };
    const child = last;
    current = all.find((each) => each.certificate.ca && isIssuedBy(child, each.certificate))?.certificate;
  }
  return { path: labels, complete: false, missing: last.issuer.replaceAll('\n', ', ') };
}

function labelOf(certificate: X509Certificate, all: readonly Placed[]): string {
  const found = all.find((each) => each.certificate.raw.equals(certificate.raw));
  if (found === undefined) return certificate.subject.replaceAll('\n', ', ');
  const several = all.filter(({ file }) => file === found.file).length > 1;
  return several ? `${found.file}#${found.place}` : found.file;
}
