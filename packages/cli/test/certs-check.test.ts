import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createCertsLab } from './certs-lab.js';

const { folder, at, certs, home, signerFlags: SIGNER, mutualFlags: MUTUAL } = await createCertsLab();
afterAll(() => rm(folder, { recursive: true }));

const LISTEN = ['--listen', 'grpc://0.0.0.0:26658'];

describe('certs check', () => {
  it('accepts a node of the authority, for each address, and says as whom', async () => {
    const alpha = await home('check-mutual', ...LISTEN, '--listen', 'grpc://0.0.0.0:26668', ...MUTUAL);
    const { code, out } = await certs([
      'check',
      at('pki', 'node.pem'),
      '--key',
      at('pki', 'node-key.pem'),
      '--home',
      alpha,
    ]);
    expect(code).toBe(0);
    expect(out).toBe(
      `accepted  grpc://0.0.0.0:26658 (mutual): recognised as DNS:sentry-0, IP:10.0.1.9
accepted  grpc://0.0.0.0:26668 (mutual): recognised as DNS:sentry-0, IP:10.0.1.9
accepted  key ${at('pki', 'node-key.pem')}: belongs to the certificate
`,
    );
    const one = await certs([
      'check',
      at('pki', 'node.pem'),
      '--listen',
      'grpc://0.0.0.0:26668',
      '--home',
      alpha,
      '-o',
      'json',
    ]);
    expect(JSON.parse(one.out)).toMatchObject({
      ok: true,
      verdicts: [{ of: 'node', listen: 'grpc://0.0.0.0:26668', accepted: true }],
    });
  });

  it('refuses with exit 2 and the reason', async () => {
    const alpha = await home('check-refused', ...LISTEN, ...MUTUAL);
    const cases: [string, string[], string, RegExp][] = [
      ['a stranger', [at('pki', 'stranger.pem')], 'NODE_CHAIN', /issued by "CN=Quorumsign node CA strangers"/],
      ['a certificate for signers', [at('pki', 'signer.pem')], 'NODE_USAGE', /--for node/],
      [
        'the key of another',
        [at('pki', 'node.pem'), '--key', at('pki', 'signer-key.pem')],
        'KEY_MISMATCH',
        /signer-key/,
      ],
      [
        'a key under a passphrase',
        [at('pki', 'node.pem'), '--key', at('pki', 'protected-key.pem'), '--passphrase-file', at('passphrase')],
        'NODE_KEY_ENCRYPTED',
        /but is under a passphrase, for which a node does not ask/,
      ],
    ];
    for (const [title, args, code, message] of cases) {
      const found = await certs(['check', ...args, '--home', alpha, '-o', 'json']);
      expect(found.code, title).toBe(2);
      expect(found.err).toMatch(/CHECK_FAILED: 1 error found/);
      const refused = JSON.parse(found.out).verdicts.filter((each: { accepted: boolean }) => !each.accepted);
      expect(refused).toEqual([expect.objectContaining({ code, reason: expect.stringMatching(message) })]);
    }
  });

  it('refuses one that has ended, and warns of one that ends soon', async () => {
    const alpha = await home('check-time', ...LISTEN, ...MUTUAL);
    const check = (days: number) => {
      const now = () => new Date(Date.now() + days * 86_400_000);
      return certs(['check', at('pki', 'node.pem'), '--home', alpha], { now });
    };
    expect((await check(731)).out).toMatch(/REFUSED .*NODE_EXPIRED/);
    const soon = await check(710);
    expect(soon.code).toBe(0);
    expect(soon.out).toMatch(/note: .*ends in (?:19|20) days/);
    expect((await check(-2)).out).toMatch(/REFUSED .*NODE_NOT_YET_VALID/);
  });

  it('asks the allow-list of quorumsign.yaml', async () => {
    const alpha = await home('check-allowed', ...LISTEN, ...MUTUAL);
    const file = join(alpha, 'quorumsign.yaml');
    const text = await readFile(file, 'utf8');
    const allow = (list: string) =>
      writeFile(file, text.replace('tls/node-ca.pem }', `tls/node-ca.pem, allowed: { ${list} } }`));
    await allow('subjectAltNames: ["IP:10.0.1.9"]');
    expect((await certs(['check', at('pki', 'node.pem'), '--home', alpha])).code).toBe(0);
    await allow('subjectAltNames: ["DNS:sentry-1"]');
    const refused = await certs(['check', at('pki', 'node.pem'), '--home', alpha]);
    expect(refused.code).toBe(2);
    expect(refused.out).toMatch(/NODE_NOT_ALLOWED: .*DNS:sentry-1.*add one of these to tls\.allowed/);
    const shown = JSON.parse((await certs(['show', at('pki', 'node.pem'), '-o', 'json'])).out);
    await allow(`fingerprints: ["${shown.certificates[0].fingerprint}"]`);
    expect((await certs(['check', at('pki', 'node.pem'), '--home', alpha])).code).toBe(0);
  });

  it('says of plain text and one-way that no certificate is asked for, and what the node must set', async () => {
    const none = await home('check-none', '--listen', 'grpc://127.0.0.1:26658');
    const plain = await certs(['check', at('pki', 'stranger.pem'), '--host', '127.0.0.1', '--home', none]);
    expect(plain.code).toBe(0);
    expect(plain.out).toMatch(
      /\(none\): plain text: no certificate is asked for; leave the three TLS files of the node empty/,
    );
    expect(plain.out).toMatch(/\(none\), own certificate: plain text/);
    const oneWay = await home('check-one-way', ...LISTEN, '--tls', 'one-way', ...SIGNER);
    const asked = await certs(['check', at('pki', 'stranger.pem'), '--home', oneWay]);
    expect(asked.out).toMatch(/no certificate is asked for; the node must name its three TLS files all the same/);
  });

  it('says whether a node that dials a host accepts our own certificate', async () => {
    const alpha = await home('check-own', ...LISTEN, ...MUTUAL);
    const good = await certs(['check', '--host', 'signer.example', '--home', alpha]);
    expect(good.code).toBe(0);
    expect(good.out).toMatch(/own certificate: a node that dials signer\.example and trusts .*node-ca\.pem accepts it/);
    expect(good.out).toMatch(/note: taken for the node's root-ca-file: .*; --root-ca names another/);
    const elsewhere = await certs(['check', '--host', '10.0.1.5', '--home', alpha]);
    expect(elsewhere.code).toBe(2);
    expect(elsewhere.out).toMatch(
      /NODE_HOST: .*expected it to name 10\.0\.1\.5.*"DNS:signer\.example" or "IP:127\.0\.0\.1"/,
    );
    const stranger = await certs([
      'check',
      '--host',
      '127.0.0.1',
      '--root-ca',
      at('other-ca', 'ca.pem'),
      '--home',
      alpha,
    ]);
    expect(stranger.code).toBe(2);
    expect(stranger.out).toMatch(/NODE_CHAIN/);
    const oneWay = await home('own-one-way', ...LISTEN, '--tls', 'one-way', ...SIGNER);
    const named = await certs(['check', '--host', '127.0.0.1', '--root-ca', at('ca', 'ca.pem'), '--home', oneWay]);
    expect(named.code).toBe(0);
    const unnamed = await certs(['check', '--host', '127.0.0.1', '--home', oneWay]);
    expect(unnamed.code).toBe(2);
    expect(unnamed.err).toMatch(/expected --root-ca FILE/);
  });

  it('refuses what it cannot answer', async () => {
    const dialled = await home('check-dialled', '--node', 'tcp://10.0.1.9:26659');
    const listening = await home('check-listening', ...LISTEN, ...MUTUAL);
    const cases: [string[], string, RegExp][] = [
      [[], listening, /expected FILE.*or --host HOST/],
      [['--key', at('pki', 'node-key.pem'), '--host', 'a'], listening, /--key: expected FILE/],
      [[at('pki', 'node.pem')], dialled, /expected an address where nodes dial/],
      [
        [at('pki', 'node.pem'), '--listen', 'grpc://a:1'],
        listening,
        /--listen: expected one of grpc:\/\/0\.0\.0\.0:26658, found grpc:\/\/a:1/,
      ],
      [[at('none.pem')], listening, /FILE: /],
      [[at('pki', 'node-key.pem')], listening, /NODE_CERTIFICATE_MALFORMED: .*only "PRIVATE KEY"/],
    ];
    for (const [args, where, message] of cases) {
      const { code, out, err } = await certs(['check', ...args, '--home', where]);
      expect(err).toMatch(message);
      expect([code, out]).toEqual([2, '']);
    }
  });
});
