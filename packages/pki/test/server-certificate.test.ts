import { describe, expect, it } from 'vitest';
import { checkServerCertificate, loadCertificateReader, PkiError } from '../src/index.js';
import { ANY, CLIENT, make, NODE_NOW, PAST, SERVER } from './node-certificates.js';

const NAMES = [
  { type: 'dns', value: 'signer.example' },
  { type: 'dns', value: '*.wild.example' },
  { type: 'dns', value: 'localhost' },
  { type: 'ip', value: '127.0.0.1' },
  { type: 'ip', value: '2001:db8::1' },
] as const;

const root = await make({ subject: 'CN=root', ca: true });
const intermediate = await make({ subject: 'CN=intermediate', ca: true }, root);
const signer = await make({ usages: [SERVER], names: NAMES }, root);
const read = await loadCertificateReader();
const policy = { caPem: root.pem, host: 'signer.example', now: NODE_NOW, read };

function codeOf(chain: readonly { certificate: typeof signer.certificate }[], changed: Partial<typeof policy> = {}) {
  try {
    checkServerCertificate(
      chain.map(({ certificate }) => certificate),
      { ...policy, ...changed },
    );
    return 'accepted';
  } catch (error) {
    if (!(error instanceof PkiError)) throw error;
    expect(error.message).toMatch(/expected .* found .*[;,(]/);
    return error.code;
  }
}

describe('checkServerCertificate', () => {
  // Go's VerifyHostname, crypto/x509/verify.go: what a node dials, and whether this certificate names it.
  it.each([
    ['signer.example', true],
    ['SIGNER.example', true],
    ['signer.example.', true],
    ['a.wild.example', true],
    ['wild.example', false],
    ['a.b.wild.example', false],
    ['other.example', false],
    ['localhost', true],
    ['127.0.0.1', true],
    ['127.0.0.2', false],
    ['2001:db8::1', true],
    ['[2001:db8:0:0:0:0:0:1]', true],
    ['::1', false],
  ])('a node that dials %s: %s', (host, accepted) => {
    expect(codeOf([signer], { host })).toBe(accepted ? 'accepted' : 'NODE_HOST');
  });

  it('says which names there are when the host is none of them', () => {
    expect(() => checkServerCertificate([signer.certificate], { ...policy, host: '10.0.0.1' })).toThrow(
      /expected it to name 10\.0\.0\.1, which the node dials, found "DNS:signer\.example" or .*"IP:127\.0\.0\.1"/,
    );
  });

  it('never takes an address for a name, nor the other way round', async () => {
    const asName = await make({ names: [{ type: 'dns', value: '10.0.0.1.example' }] }, root);
    expect(codeOf([asName], { host: '10.0.0.1' })).toBe('NODE_HOST');
  });

  it('ignores the common name', async () => {
    const old = await make({ subject: 'CN=signer.example', usages: [SERVER] }, root);
    expect(codeOf([old])).toBe('NODE_SAN_MISSING');
    expect(() => checkServerCertificate([old.certificate], policy)).toThrow(/common name "signer\.example", which Go/);
  });

  it('accepts "any usage", as Go does, and no certificate for clients only', async () => {
    expect(codeOf([await make({ usages: [ANY], names: NAMES }, root)])).toBe('accepted');
    expect(codeOf([await make({ usages: [CLIENT], names: NAMES }, root)])).toBe('NODE_USAGE');
  });

  it('needs the intermediate in the chain, or as the authority of the node', async () => {
    const leaf = await make({ usages: [SERVER], names: NAMES }, intermediate);
    expect(codeOf([leaf, intermediate])).toBe('accepted');
    expect(codeOf([leaf])).toBe('NODE_CHAIN');
    // Go ends a path at any certificate of the file; OpenSSL would ask for the root.
    expect(codeOf([leaf], { caPem: intermediate.pem })).toBe('accepted');
  });

  it('refuses another authority, one that has ended, and a file that is none', async () => {
    expect(codeOf([signer], { caPem: signer.pem.replace(signer.pem, (await make({ ca: true })).pem) })).toBe(
      'NODE_CHAIN',
    );
    expect(codeOf([await make({ names: NAMES, ...PAST }, root)])).toBe('NODE_EXPIRED');
    expect(codeOf([signer], { now: new Date('2019-01-01T00:00:00Z') })).toBe('NODE_NOT_YET_VALID');
    expect(codeOf([signer], { caPem: 'nothing' })).toBe('NODE_CERTIFICATE_MALFORMED');
  });

  it('refuses a signature with SHA-1 and a key that may not sign', async () => {
    expect(codeOf([await make({ names: NAMES, hash: 'SHA-1' }, root)])).toBe('NODE_WEAK');
    expect(codeOf([await make({ names: NAMES, keyUsage: 1 << 2 }, root)])).toBe('NODE_USAGE');
  });

  it('remarks on name constraints, which the node judges', async () => {
    const constrained = await make({ subject: 'CN=constrained', ca: true, nameConstraints: true });
    const leaf = await make({ names: NAMES }, constrained);
    const { remarks } = checkServerCertificate([leaf.certificate], { ...policy, caPem: constrained.pem });
    expect(remarks).toEqual([expect.stringMatching(/its authority "CN=constrained" restricts names/)]);
  });

  it('says by which path and until when', () => {
    const { path, notAfter } = checkServerCertificate([signer.certificate], policy);
    expect(path.map(({ subject }) => subject)).toEqual(['CN=odd', 'CN=root']);
    expect(notAfter).toEqual(new Date('2119-12-31T00:00:00Z'));
  });
});
