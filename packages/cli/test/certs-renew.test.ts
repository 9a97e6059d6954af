import { X509Certificate } from 'node:crypto';
import { chmod, copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadTlsIdentity } from '@quorumsign/pki';
import { afterAll, describe, expect, it } from 'vitest';
import { createCertsLab } from './certs-lab.js';

const { folder, at, certs, home } = await createCertsLab();
afterAll(() => rm(folder, { recursive: true }));

const DAY_MS = 86_400_000;
const inDays = (days: number) => ({ now: () => new Date(Date.now() + days * DAY_MS) });
const read = async (...parts: string[]) => await readFile(join(...parts), 'utf8');
const renew = (alpha: string, ...more: string[]) => ['renew', '--home', alpha, ...more];

describe('certs renew in a home, with the authority where cluster create left it', () => {
  it('makes a new certificate and key with the same name and cluster, that the cluster accepts, and keeps the old', async () => {
    const alpha = await home('plain');
    const before = { certificate: await read(alpha, 'tls/cert.pem'), key: await read(alpha, 'tls/key.pem') };
    const { code, out, err } = await certs(renew(alpha, '--days', '10', '-o', 'json'));
    expect(code, err).toBe(0);
    const after = new X509Certificate(await read(alpha, 'tls/cert.pem'));
    expect(after.subjectAltName).toBe('URI:quorumsign://chain-1/alpha');
    expect(after.subjectAltName).toBe(new X509Certificate(before.certificate).subjectAltName);
    expect(await read(alpha, 'tls/key.pem')).not.toBe(before.key);
    expect(await read(alpha, 'tls/cert.pem.old')).toBe(before.certificate);
    expect(await read(alpha, 'tls/key.pem.old')).toBe(before.key);
    expect(JSON.parse(out)).toMatchObject({
      cluster: 'chain-1',
      cosigner: 'alpha',
      certificate: join(alpha, 'tls', 'cert.pem'),
      backups: [join(alpha, 'tls', 'cert.pem.old'), join(alpha, 'tls', 'key.pem.old')],
      fingerprint: after.fingerprint256,
      notAfter: new Date(after.validTo).toISOString(),
    });
    await loadTlsIdentity(join(alpha, 'tls'), { cluster: 'chain-1', cosigner: 'alpha', now: new Date() });
  });

  it('writes for the owner only, leaves nothing half-made, and says how the running cosigner takes it', async () => {
    const alpha = await home('modes');
    await writeFile(join(alpha, 'tls', 'key.pem.new'), 'left by a run that was cut off');
    const { code, out, err } = await certs(renew(alpha));
    expect(code, err).toBe(0);
    for (const file of ['cert.pem', 'key.pem', 'cert.pem.old', 'key.pem.old'])
      expect((await stat(join(alpha, 'tls', file))).mode & 0o777, file).toBe(0o600);
    expect((await readdir(join(alpha, 'tls'))).filter((name) => /new|tmp/.test(name))).toEqual([]);
    expect(out).toContain(`quorumsign config reload --home ${alpha}`);
  });

  it('renews one that has ended, and one that is missing, broken or of no cosigner', async () => {
    const alpha = await home('ended');
    expect((await certs(renew(alpha), inDays(1000))).code).toBe(0);
    await writeFile(join(alpha, 'tls', 'cert.pem'), 'nothing');
    expect((await certs(renew(alpha))).code).toBe(0);
    await copyFile(at('pki', 'node.pem'), join(alpha, 'tls', 'cert.pem'));
    expect((await certs(renew(alpha))).code).toBe(0);
    await rm(join(alpha, 'tls', 'cert.pem'));
    await rm(join(alpha, 'tls', 'key.pem'));
    const { code, out } = await certs(renew(alpha));
    expect(code).toBe(0);
    expect(out).not.toContain('the old ones');
  });

  it('warns where the authority ends soon, and with it the new certificate', async () => {
    const alpha = await home('last-days');
    const { code, err } = await certs(renew(alpha), inDays(3650 - 20));
    expect(code).toBe(0);
    expect(err).toMatch(/warning: it ends .* already, with its authority/);
  });
});

describe('certs renew with the authority on another machine', () => {
  it('says what to copy where, and that way works', async () => {
    const alpha = await home('apart');
    const refused = await certs(renew(alpha, '--ca', at('nowhere')));
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(/AUTHORITY_KEY_MISSING: .*nowhere.ca-key\.pem, found none; .*--ca DIR/);
    expect(refused.err).toContain('quorumsign certs renew --ca ca --certificate cert.pem --out alpha-renewed');
    expect(refused.err).toContain(`quorumsign certs renew --from alpha-renewed --home ${alpha}`);

    const out = at('alpha-renewed');
    const there = ['renew', '--ca', at('apart', 'ca'), '--certificate', join(alpha, 'tls/cert.pem'), '--out', out];
    const made = await certs(there);
    expect(made.code, made.err).toBe(0);
    expect(made.out).toContain('quorumsign certs renew --from DIR --home HOME');
    expect((await readdir(out)).sort()).toEqual(['cert.pem', 'key.pem']);
    expect((await certs(there)).err).toMatch(/WOULD_OVERWRITE/);

    const installed = await certs(renew(alpha, '--from', out));
    expect(installed.code, installed.err).toBe(0);
    expect(await read(alpha, 'tls/cert.pem')).toBe(await read(out, 'cert.pem'));
    expect(await read(alpha, 'tls/key.pem')).toBe(await read(out, 'key.pem'));
    await loadTlsIdentity(join(alpha, 'tls'), { cluster: 'chain-1', cosigner: 'alpha', now: new Date() });
  });
});

describe('certs renew refuses', async () => {
  const alpha = await home('refusals');
  const own = () => at('refusals', 'ca');
  const otherAlpha = await home('other', '--cluster', 'other');
  const away = (certificate: string, ca = own()) => [
    'renew',
    '--ca',
    ca,
    '--certificate',
    certificate,
    '--out',
    at('refused'),
  ];
  const withFiles = async (name: string, certificate: string, key: string): Promise<string> => {
    await mkdir(at(name));
    await copyFile(certificate, at(name, 'cert.pem'));
    await copyFile(key, at(name, 'key.pem'));
    return at(name);
  };
  const beta = join(own(), '..', 'beta', 'tls');
  const betas = await withFiles('betas', join(beta, 'cert.pem'), join(beta, 'key.pem'));
  const mixed = await withFiles('mixed', join(alpha, 'tls/cert.pem'), join(beta, 'key.pem'));

  const stranger = await home('stranger');
  await writeFile(
    join(stranger, 'quorumsign.yaml'),
    (await read(stranger, 'quorumsign.yaml')).replace('cosigner: "alpha"', 'cosigner: "delta"'),
  );
  const swapped = await home('swapped');
  await copyFile(at('swapped', 'beta', 'tls', 'cert.pem'), join(swapped, 'tls', 'cert.pem'));
  const foreign = await home('foreign');
  await copyFile(join(otherAlpha, 'tls', 'cert.pem'), join(foreign, 'tls', 'cert.pem'));
  const open = await home('open');
  await chmod(at('open', 'ca', 'ca-key.pem'), 0o644);

  const refusals: [string, string[], RegExp, number?][] = [
    ['an authority that has ended', renew(alpha), /EXPIRED: the authority's certificate: .*make a new authority/, 3700],
    ["another cluster's authority", renew(alpha, '--ca', at('other', 'ca')), /CHAIN: .*"CN=Quorumsign CA other"/],
    ['an authority for nodes', renew(alpha, '--ca', at('ca')), /CHAIN: .*Quorumsign node CA/],
    ['an authority whose key others can read', renew(open), /KEY_FILE_PERMISSIONS: .*chmod 600/],
    ['a cosigner that is not in the cluster', renew(stranger), /expected one of the cosigners .*found "delta"/],
    ["a home with another cosigner's certificate", renew(swapped), /NAME_UNKNOWN: .*expected "alpha", found "beta"/],
    [
      "a home with another cluster's certificate",
      renew(foreign),
      /CLUSTER: .*expected cluster "chain-1", found "other"/,
    ],
    ['days beyond ten years', renew(alpha, '--days', '3651'), /ARGUMENT: days/],
    ['a folder that is no home', renew(at('refusals')), /FILE: .*quorumsign\.yaml/],
    [
      'a certificate of another cluster, elsewhere',
      away(join(otherAlpha, 'tls/cert.pem')),
      /CHAIN: .*Quorumsign CA other/,
    ],
    ["a node's certificate, elsewhere", away(at('pki', 'node.pem')), /SAN: .*quorumsign:\/\/CLUSTER\/NAME/],
    ['no authority, elsewhere', away(join(alpha, 'tls/cert.pem'), at('none')), /AUTHORITY_KEY_MISSING: .*give --ca/],
    [
      '--out without --certificate',
      ['renew', '--ca', own(), '--out', at('refused')],
      /USAGE: expected --ca DIR, --certi/,
    ],
    ['--from beside --ca', renew(alpha, '--from', betas, '--ca', own()), /USAGE: --from: expected alone/],
    ["another cosigner's files", renew(alpha, '--from', betas), /NAME_UNKNOWN: .*expected "alpha", found "beta"/],
    ['a certificate and a key that do not fit', renew(alpha, '--from', mixed), /KEY_MISMATCH/],
    ['a folder without files', renew(alpha, '--from', at('none')), /KEY_FILE_MISSING.*check --from/s],
  ];
  for (const [title, args, message, days = 0] of refusals) {
    it(`${title} with exit 2, and changes nothing`, async () => {
      const before = await read(alpha, 'tls/cert.pem');
      const { code, out, err } = await certs(args, inDays(days));
      expect(err).toMatch(message);
      expect(code).toBe(2);
      expect(out).toBe('');
      expect(await read(alpha, 'tls/cert.pem')).toBe(before);
      expect((await readdir(join(alpha, 'tls'))).some((name) => /old|new/.test(name))).toBe(false);
      await expect(stat(at('refused'))).rejects.toThrow(/ENOENT/);
    });
  }
});
