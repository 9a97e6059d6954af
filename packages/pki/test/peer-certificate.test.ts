import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkPeerCertificate, createClusterAuthority, issueCosignerCertificate, PkiError } from '../src/index.js';
import { AUTHORITY, CLUSTER, issueOdd, NOW, type OddCertificate } from './certificates.js';

const POLICY = { caPem: AUTHORITY.certificatePem, cluster: CLUSTER, allowedNames: ['beta', 'gamma'], now: NOW };
const BETA_URI = 'quorumsign://my-validator/beta';
const issue = (cluster: string, cosigner: string, authority = AUTHORITY) =>
  issueCosignerCertificate({ authority, cluster, cosigner, now: NOW });
const der = (pem: string) => new X509Certificate(pem).raw;
const beta = der((await issue(CLUSTER, 'beta')).certificatePem);

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof PkiError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('checkPeerCertificate', () => {
  it('returns the name of a cosigner of this cluster', () => {
    expect(checkPeerCertificate(beta, POLICY)).toBe('beta');
    expect(checkPeerCertificate(new X509Certificate(beta), POLICY)).toBe('beta');
  });

  it('accepts any of several authorities, as in a rotation', async () => {
    const next = await createClusterAuthority({ cluster: CLUSTER, now: NOW });
    expect(checkPeerCertificate(beta, { ...POLICY, caPem: next.certificatePem + AUTHORITY.certificatePem })).toBe(
      'beta',
    );
  });

  it('ignores names of other kinds', async () => {
    const odd = await issueOdd({ uris: [BETA_URI], dns: ['beta.example'] });
    expect(checkPeerCertificate(der(odd.certificatePem), POLICY)).toBe('beta');
  });

  it.each<[string, OddCertificate, string]>([
    ['no URI', {}, 'SAN'],
    ['only another kind of name', { dns: ['beta'] }, 'SAN'],
    ['two URIs', { uris: [BETA_URI, 'quorumsign://my-validator/gamma'] }, 'SAN'],
    ['the same URI twice', { uris: [BETA_URI, BETA_URI] }, 'SAN'],
    ['a second URI of another scheme', { uris: [BETA_URI, 'spiffe://x/y'] }, 'SAN'],
    ['another spelling of the name', { uris: ['quorumsign://my-validator/%62eta'] }, 'SAN'],
    ['a name hidden in a DNS name', { dns: [`x, URI:${BETA_URI}`] }, 'SAN'],
    ['a name of another form', { uris: ['quorumsign://my-validator/beta/x'] }, 'SAN'],
    ['another cluster', { uris: ['quorumsign://other/beta'] }, 'CLUSTER'],
    ['a name not in the list', { uris: ['quorumsign://my-validator/delta'] }, 'NAME_UNKNOWN'],
    ['a name in other letters', { uris: ['quorumsign://my-validator/Beta'] }, 'NAME_UNKNOWN'],
    ['an authority', { uris: [BETA_URI], authority: true }, 'USAGE'],
    ['no client authentication', { uris: [BETA_URI], usages: ['1.3.6.1.5.5.7.3.1'] }, 'USAGE'],
    ['no server authentication', { uris: [BETA_URI], usages: ['1.3.6.1.5.5.7.3.2'] }, 'USAGE'],
    ['a past end', { uris: [BETA_URI], notAfter: new Date(NOW.getTime() - 500) }, 'EXPIRED'],
    ['a future begin', { uris: [BETA_URI], notBefore: new Date(NOW.getTime() + 1000) }, 'NOT_YET_VALID'],
  ])('refuses %s', async (_, odd, code) => {
    const { certificatePem } = await issueOdd(odd);
    expect(codeOf(() => checkPeerCertificate(der(certificatePem), POLICY))).toBe(code);
  });

  it('refuses a foreign authority of the same name', async () => {
    const foreign = await createClusterAuthority({ cluster: CLUSTER, now: NOW });
    const { certificatePem } = await issue(CLUSTER, 'beta', foreign);
    expect(() => checkPeerCertificate(der(certificatePem), POLICY)).toThrow(
      /^CHAIN: peer certificate: expected a certificate issued by the cluster's authority, found one issued by "CN=Quorumsign CA my-validator"/,
    );
  });

  it('refuses a cosigner as authority, and an authority that has ended', async () => {
    const pem = (await issue(CLUSTER, 'beta')).certificatePem;
    expect(codeOf(() => checkPeerCertificate(beta, { ...POLICY, caPem: pem }))).toBe('CHAIN');
    expect(codeOf(() => checkPeerCertificate(beta, { ...POLICY, now: new Date('2040-01-01') }))).toBe('EXPIRED');
  });

  it('says what was expected, what was found and what to do', () => {
    expect(() => checkPeerCertificate(beta, { ...POLICY, allowedNames: ['gamma'] })).toThrow(
      'NAME_UNKNOWN: peer certificate: expected "gamma", found "beta"; check the cosigners\' list',
    );
    expect(() => checkPeerCertificate(beta, { ...POLICY, cluster: 'x' })).toThrow(
      'CLUSTER: peer certificate: expected cluster "x", found "my-validator"',
    );
  });

  it('refuses every truncation and every flipped bit, and trailing bytes', () => {
    for (let length = 0; length < beta.length; length++) {
      expect(codeOf(() => checkPeerCertificate(beta.subarray(0, length), POLICY))).toBe('CERTIFICATE_MALFORMED');
    }
    expect(codeOf(() => checkPeerCertificate(Buffer.concat([beta, Buffer.of(0)]), POLICY))).toBe(
      'CERTIFICATE_MALFORMED',
    );
    for (let bit = 0; bit < beta.length * 8; bit++) {
      const flipped = Buffer.from(beta);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(
        codeOf(() => checkPeerCertificate(flipped, POLICY)),
        `bit ${bit}`,
      ).toMatch(/^(CERTIFICATE_MALFORMED|CHAIN)$/);
    }
  });

  it('refuses a broken ca.pem in words', () => {
    expect(() => checkPeerCertificate(beta, { ...POLICY, caPem: 'x' })).toThrow(
      /ca\.pem\): expected one whole X.509 certificate/,
    );
    expect(() => checkPeerCertificate(beta, { ...POLICY, caPem: POLICY.caPem.repeat(5) })).toThrow(
      /5 certificates, where at most 4/,
    );
  });
});
