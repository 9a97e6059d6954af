import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createClusterAuthority, describeCertificate, issueCosignerCertificate, PkiError } from '../src/index.js';
import { AUTHORITY, CLUSTER, issueOdd, NOW } from './certificates.js';

const alpha = await issueCosignerCertificate({ authority: AUTHORITY, cluster: CLUSTER, cosigner: 'alpha', now: NOW });

/** DER of an extension: its OID, optionally `critical`, and the value inside the octet string. */
function hasExtension(pem: string, hex: string): boolean {
  return new X509Certificate(pem).raw.toString('hex').includes(hex);
}

describe('createClusterAuthority', () => {
  it('makes an authority that signs itself, for ten years', () => {
    const certificate = new X509Certificate(AUTHORITY.certificatePem);
    expect(certificate.ca).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(describeCertificate(AUTHORITY.certificatePem, AUTHORITY.keyPem)).toMatchObject({
      subject: 'CN=Quorumsign CA my-validator',
      authority: true,
      identity: undefined,
      subjectAltNames: [],
      notBefore: new Date('2026-03-01T11:00:00Z'),
      notAfter: new Date('2036-03-01T12:00:00Z'),
      keyFits: true,
    });
  });

  it('RFC 5280 4.2.1.9: marks it critical, an authority with path length 0, for signing certificates and lists', () => {
    expect(hasExtension(AUTHORITY.certificatePem, '0603551d130101ff040830060101ff020100')).toBe(true);
    expect(hasExtension(AUTHORITY.certificatePem, '0603551d0f0101ff040403020106')).toBe(true);
  });

  it.each([0, 31, 1.5, Number.NaN])('refuses a life of %d years', async (years) => {
    await expect(createClusterAuthority({ cluster: CLUSTER, now: NOW, years })).rejects.toThrow(/^ARGUMENT: years/);
  });
});

describe('issueCosignerCertificate', () => {
  it('carries the name in exactly one URI, for both ends of a connection', () => {
    const certificate = new X509Certificate(alpha.certificatePem);
    expect(certificate.subjectAltName).toBe('URI:quorumsign://my-validator/alpha');
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    expect(certificate.ca).toBe(false);
    expect(certificate.checkIssued(new X509Certificate(AUTHORITY.certificatePem))).toBe(true);
    expect(hasExtension(alpha.certificatePem, '0603551d0f0101ff040403020780')).toBe(true);
  });

  it('has a key of its own that fits, and a serial number of its own', async () => {
    const again = await issueCosignerCertificate({
      authority: AUTHORITY,
      cluster: CLUSTER,
      cosigner: 'alpha',
      now: NOW,
    });
    const [first, second] = [
      describeCertificate(alpha.certificatePem, alpha.keyPem),
      describeCertificate(again.certificatePem, alpha.keyPem),
    ];
    expect(first).toMatchObject({ keyFits: true, identity: { cluster: CLUSTER, cosigner: 'alpha' } });
    expect(second.keyFits).toBe(false);
    expect(first.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
    expect(second.serialNumber).not.toBe(first.serialNumber);
    expect(first.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  });

  it('never outlives the authority', async () => {
    const authority = await createClusterAuthority({ cluster: CLUSTER, now: NOW, years: 1 });
    const { certificatePem } = await issueCosignerCertificate({
      authority,
      cluster: CLUSTER,
      cosigner: 'a',
      now: NOW,
      days: 3650,
    });
    expect(describeCertificate(certificatePem).notAfter).toEqual(new Date('2027-03-01T12:00:00Z'));
  });

  it.each<[string, Partial<Parameters<typeof issueCosignerCertificate>[0]>, string]>([
    ['no days', { days: 0 }, 'ARGUMENT'],
    ['too many days', { days: 3651 }, 'ARGUMENT'],
    ['an empty name', { cosigner: '' }, 'ARGUMENT'],
    ['a time after the authority ended', { now: new Date('2036-03-02T00:00:00Z') }, 'EXPIRED'],
    ['a cosigner posing as authority', { authority: alpha }, 'CHAIN'],
    ['a key of another certificate', { authority: { ...AUTHORITY, keyPem: alpha.keyPem } }, 'KEY_MISMATCH'],
    ['a key that is none', { authority: { ...AUTHORITY, keyPem: 'hello' } }, 'KEY_MALFORMED'],
    ['a certificate that is none', { authority: { ...AUTHORITY, certificatePem: '' } }, 'CERTIFICATE_MALFORMED'],
  ])('refuses %s', async (_, change, code) => {
    const options = { authority: AUTHORITY, cluster: CLUSTER, cosigner: 'alpha', now: NOW, ...change };
    const error = await issueCosignerCertificate(options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PkiError);
    expect(error).toMatchObject({ code });
  });
});

describe('describeCertificate', () => {
  it('tells a certificate with two identities apart from one with its own', async () => {
    const odd = await issueOdd({ uris: ['quorumsign://c/a', 'quorumsign://c/b'] });
    expect(describeCertificate(odd.certificatePem)).toMatchObject({
      identity: undefined,
      subjectAltNames: ['URI:quorumsign://c/a', 'URI:quorumsign://c/b'],
      keyFits: undefined,
    });
  });
});
