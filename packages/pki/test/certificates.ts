/** Certificates for tests: a good authority, and one certificate for each way of being wrong. */

import { webcrypto } from 'node:crypto';
import { createClusterAuthority } from '../src/index.js';
import { installReflectMetadata } from '../src/reflect-metadata.js';

export const NOW = new Date('2026-03-01T12:00:00Z');
export const CLUSTER = 'my-validator';
export const AUTHORITY = await createClusterAuthority({ cluster: CLUSTER, now: NOW });

export interface OddCertificate {
  readonly uris?: readonly string[];
  readonly dns?: readonly string[];
  readonly usages?: readonly string[];
  readonly authority?: boolean;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

const P256 = { name: 'ECDSA', namedCurve: 'P-256' };
const SHA256 = { name: 'ECDSA', hash: 'SHA-256' };

/** Signs whatever is asked for with the authority's key. */
export async function issueOdd(
  odd: OddCertificate,
  authority = AUTHORITY,
): Promise<{ certificatePem: string; keyPem: string }> {
  installReflectMetadata();
  const x509 = await import('@peculiar/x509');
  const der = Buffer.from(authority.keyPem.replace(/-----[^-]+-----|\n/g, ''), 'base64');
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const names = [
    ...(odd.uris ?? []).map((value) => ({ type: 'url' as const, value })),
    ...(odd.dns ?? []).map((value) => ({ type: 'dns' as const, value })),
  ];
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: 'CN=odd',
      issuer: new x509.X509Certificate(authority.certificatePem).subjectName,
      notBefore: odd.notBefore ?? new Date(NOW.getTime() - 1000),
      notAfter: odd.notAfter ?? new Date(NOW.getTime() + 86_400_000),
      publicKey: keys.publicKey,
      signingKey: await webcrypto.subtle.importKey('pkcs8', der, P256, false, ['sign']),
      signingAlgorithm: SHA256,
      extensions: [
        new x509.BasicConstraintsExtension(odd.authority ?? false, undefined, true),
        new x509.ExtendedKeyUsageExtension([...(odd.usages ?? ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])]),
        ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
      ],
    },
    webcrypto,
  );
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    certificatePem: `${certificate.toString('pem')}\n`,
    keyPem: `-----BEGIN PRIVATE KEY-----\n${pkcs8.replace(/.{1,64}/g, '$&\n')}-----END PRIVATE KEY-----\n`,
  };
}
