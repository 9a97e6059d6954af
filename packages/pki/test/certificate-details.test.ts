import { describe, expect, it } from 'vitest';
import { isStrongSignature, loadCertificateReader, unknownCritical } from '../src/index.js';
import { CLIENT, make } from './node-certificates.js';

const CERT_SIGN = 1 << 5;
const DIGITAL_SIGNATURE = 1;
const KEY_ENCIPHERMENT = 1 << 2;

const read = await loadCertificateReader();
const root = await make({ subject: 'CN=root', ca: true, keyUsage: CERT_SIGN });

describe('the details of certificates', () => {
  it('are key usages, algorithm, path length and critical extensions', async () => {
    expect(read('x', root.certificate)).toEqual({
      signatureAlgorithm: 'ECDSA with SHA-256',
      keyUsages: ['keyCertSign'],
      pathLength: undefined,
      criticalExtensions: ['2.5.29.19', '2.5.29.15'],
      nameConstraints: false,
    });
    const leaf = await make(
      { usages: [CLIENT], keyUsage: DIGITAL_SIGNATURE | KEY_ENCIPHERMENT, key: 'rsa-2048' },
      root,
    );
    expect(read('x', leaf.certificate).keyUsages).toEqual(['digitalSignature', 'keyEncipherment']);
    const short = await make({ ca: true, pathLength: 0 }, root);
    expect(read('x', short.certificate).pathLength).toBe(0);
    const free = await make({}, await make({ key: 'rsa-2048', ca: true }));
    expect(read('x', free.certificate)).toMatchObject({ signatureAlgorithm: 'RSA with SHA-256', keyUsages: undefined });
  });

  it('tell strong signatures from weak ones', async () => {
    const weak = await make({ hash: 'SHA-1' }, root);
    expect(isStrongSignature(read('x', root.certificate))).toBe(true);
    expect(isStrongSignature(read('x', weak.certificate))).toBe(false);
    for (const signatureAlgorithm of ['RSA with SHA-512', 'RSA-PSS with SHA-384', 'Ed25519'])
      expect(isStrongSignature({ signatureAlgorithm })).toBe(true);
    for (const signatureAlgorithm of ['RSA with SHA-1', '1.2.840.113549.1.1.4', ''])
      expect(isStrongSignature({ signatureAlgorithm })).toBe(false);
  });

  it('name critical extensions that nobody knows, and name constraints', async () => {
    const strange = read('x', (await make({ criticalUnknown: true })).certificate);
    expect(unknownCritical(strange, 'node')).toEqual(['1.2.3.4.5']);
    expect(unknownCritical(strange, 'signer')).toEqual(['1.2.3.4.5']);
    const constrained = read('x', (await make({ ca: true, nameConstraints: true })).certificate);
    expect(constrained.nameConstraints).toBe(true);
    expect(unknownCritical(constrained, 'node')).toEqual([]);
  });
});
