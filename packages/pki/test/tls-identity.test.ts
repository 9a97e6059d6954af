import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { issueCosignerCertificate, loadTlsIdentity, PkiError, warnOfExpiry } from '../src/index.js';
import { AUTHORITY, CLUSTER, issueOdd, NOW } from './certificates.js';

const directory = await mkdtemp(join(tmpdir(), 'quorumsign-pki-'));
afterAll(() => rm(directory, { recursive: true }));

const alpha = await issueCosignerCertificate({ authority: AUTHORITY, cluster: CLUSTER, cosigner: 'alpha', now: NOW });
const beta = await issueCosignerCertificate({ authority: AUTHORITY, cluster: CLUSTER, cosigner: 'beta', now: NOW });
const FILES = { 'ca.pem': AUTHORITY.certificatePem, 'cert.pem': alpha.certificatePem, 'key.pem': alpha.keyPem };
const EXPECTED = { cluster: CLUSTER, cosigner: 'alpha', now: NOW };

async function write(name: string, content: string): Promise<void> {
  await writeFile(join(directory, name), content, 'latin1');
  await chmod(join(directory, name), 0o600);
}

async function codeOf(expected = EXPECTED): Promise<string> {
  try {
    await loadTlsIdentity(directory, expected);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof PkiError)) throw error;
    expect(error.message).toMatch(/expected .* found .*[;(]/);
    expect(error.message).not.toContain(alpha.keyPem.slice(30, 60));
    return error.code;
  }
}

beforeEach(async () => {
  for (const [name, content] of Object.entries(FILES)) await write(name, content);
});

describe('loadTlsIdentity', () => {
  it('returns the three files and the end', async () => {
    expect(await loadTlsIdentity(directory, EXPECTED)).toEqual({
      caPem: AUTHORITY.certificatePem,
      certificatePem: alpha.certificatePem,
      keyPem: alpha.keyPem,
      notAfter: new Date('2028-02-29T12:00:00Z'),
      expiryWarning: undefined,
    });
  });

  it('accepts Windows line ends', async () => {
    await write('cert.pem', alpha.certificatePem.replaceAll('\n', '\r\n'));
    expect(await codeOf()).toBe('accepted');
  });

  it.each([
    ['another cosigner', { ...EXPECTED, cosigner: 'beta' }, 'NAME_UNKNOWN'],
    ['another cluster', { ...EXPECTED, cluster: 'other' }, 'CLUSTER'],
    ['a later time', { ...EXPECTED, now: new Date('2029-01-01') }, 'EXPIRED'],
    ['an earlier time', { ...EXPECTED, now: new Date('2026-01-01') }, 'NOT_YET_VALID'],
  ])('refuses files that do not fit %s', async (_, expected, code) => {
    expect(await codeOf(expected)).toBe(code);
  });

  it.each(Object.keys(FILES))('names a missing %s', async (name) => {
    await rm(join(directory, name));
    await expect(loadTlsIdentity(directory, EXPECTED)).rejects.toThrow(
      `FILE: ${join(directory, name)}: expected a readable file, found no such file`,
    );
  });

  it('refuses a key of another certificate', async () => {
    await write('key.pem', beta.keyPem);
    expect(await codeOf()).toBe('KEY_MISMATCH');
  });

  it('refuses a certificate of another authority, and one with two names', async () => {
    const odd = await issueOdd({ uris: ['quorumsign://my-validator/alpha', 'quorumsign://my-validator/beta'] });
    await write('cert.pem', odd.certificatePem);
    await write('key.pem', odd.keyPem);
    expect(await codeOf()).toBe('SAN');
    await write('ca.pem', alpha.certificatePem);
    expect(await codeOf()).toBe('CHAIN');
  });

  it.each([0o640, 0o604, 0o660, 0o777, 0o610])('refuses a key with mode %o and says the chmod', async (mode) => {
    await chmod(join(directory, 'key.pem'), mode);
    await expect(loadTlsIdentity(directory, EXPECTED)).rejects.toThrow(
      `expected mode 0600, found ${mode.toString(8).padStart(4, '0')} (others may read the key); run: chmod 600 ${join(directory, 'key.pem')}`,
    );
  });

  it.each([0o600, 0o400])('accepts a key with mode %o', async (mode) => {
    await chmod(join(directory, 'key.pem'), mode);
    expect(await codeOf()).toBe('accepted');
  });

  it('refuses an oversized file', async () => {
    await write('ca.pem', 'x'.repeat(70_000));
    expect(await codeOf()).toBe('FILE');
  });

  it.each(Object.entries(FILES))('refuses every truncation of %s', async (name, content) => {
    // A file without its last newline means the same.
    for (let length = 0; length < content.length - 1; length += 3) {
      await write(name, content.slice(0, length));
      expect(await codeOf(), `${length} characters`).toMatch(/MALFORMED$/);
    }
  });

  it.each(Object.entries(FILES))('refuses every flipped bit of %s', async (name, content) => {
    for (let index = 0; index < content.length - 1; index++) {
      const bytes = Buffer.from(content, 'latin1');
      bytes.writeUInt8(bytes.readUInt8(index) ^ (1 << (index % 8)), index);
      await write(name, bytes.toString('latin1'));
      expect(await codeOf(), `character ${index}`).not.toBe('accepted');
    }
  });
});

describe('expiry warning', () => {
  it('begins 30 days before the end', async () => {
    const day = 86_400_000;
    const end = (await loadTlsIdentity(directory, EXPECTED)).notAfter.getTime();
    const at = async (ms: number) =>
      (await loadTlsIdentity(directory, { ...EXPECTED, now: new Date(ms) })).expiryWarning;
    expect(await at(end - 30 * day - 1000)).toBeUndefined();
    expect(await at(end - 30 * day)).toContain('ends in 30 days (2028-02-29T12:00:00.000Z); renew it');
    expect(await at(end - 1.5 * day)).toContain('ends in 1 day (');
  });

  it('says so when it is over', () => {
    expect(warnOfExpiry('cert.pem', new Date(0), NOW)).toContain('cert.pem has ended');
  });
});
