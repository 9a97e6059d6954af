import { readFile, rm, writeFile } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { createCertsLab } from './certs-lab.js';

const { folder, at, certs, home } = await createCertsLab();
afterAll(() => rm(folder, { recursive: true }));

describe('certs show', () => {
  it('says who, for what, by whom, until when, and that key and chain fit', async () => {
    const files = [at('pki', 'node.pem'), at('pki', 'node-key.pem'), at('ca', 'ca.pem')];
    const { code, out } = await certs(['show', ...files]);
    expect(code).toBe(0);
    expect(out).toMatch(/subject\s+CN=sentry-0\n\s+names\s+DNS:sentry-0, IP:10\.0\.1\.9\n/);
    expect(out).toMatch(/for\s+client authentication \(digitalSignature\)\n/);
    expect(out).toMatch(/key\s+EC P-256, that of .*node-key\.pem\n\s+issuer\s+CN=Quorumsign node CA nodes\n/);
    expect(out).toMatch(/chain\s+.*node\.pem <- .*ca\.pem \(complete\)\n/);
    expect(out).toMatch(/\((?:729|730) days left\)/);
    expect(out).toMatch(/SHA-256\s+(?:[0-9A-F]{2}:){31}[0-9A-F]{2}/);
    expect(out).toMatch(/for\s+authority, path length 0 \(keyCertSign, cRLSign\)/);
    expect(out).not.toContain('NOTE');
  });

  it('says it in JSON', async () => {
    const { out } = await certs(['show', at('pki', 'node.pem'), at('pki', 'stranger-key.pem'), '-o', 'json']);
    const { certificates, keys } = JSON.parse(out);
    expect(certificates).toEqual([
      expect.objectContaining({
        file: at('pki', 'node.pem'),
        place: 1,
        subjectAltNames: ['DNS:sentry-0', 'IP:10.0.1.9'],
        authority: false,
        keyFits: false,
        chain: { path: [at('pki', 'node.pem')], complete: false, missing: 'CN=Quorumsign node CA nodes' },
      }),
    ]);
    expect(keys).toEqual([{ file: at('pki', 'stranger-key.pem'), kind: 'EC P-256', encrypted: false, fits: false }]);
  });

  it('says that a key belongs to none, and which issuer is missing', async () => {
    const { out } = await certs(['show', at('pki', 'node.pem'), at('pki', 'stranger-key.pem')]);
    expect(out).toMatch(/belongs to NONE of these certificates/);
    expect(out).toMatch(/key\s+EC P-256, none of these files/);
    expect(out).toMatch(/issuer "CN=Quorumsign node CA nodes" is not among these files/);
  });

  it('counts the certificates of a bundle', async () => {
    const bundle = at('bundle.pem');
    await writeFile(
      bundle,
      (await readFile(at('pki', 'node.pem'), 'utf8')) + (await readFile(at('ca', 'ca.pem'), 'utf8')),
    );
    const { out } = await certs(['show', bundle]);
    expect(out).toMatch(/bundle\.pem#1 <- .*bundle\.pem#2 \(complete\)/);
    expect(out).toContain('bundle.pem (2)\n');
  });

  it('shows the files of a home, with the names of cosigners', async () => {
    const alpha = await home('shown');
    const { code, out } = await certs(['show', '--home', alpha]);
    expect(code).toBe(0);
    expect(out).toMatch(/NOTE\s+cosigner alpha of cluster chain-1; not for nodes/);
  });

  it('notes an end that is past and a beginning that is to come', async () => {
    const now = (text: string) => ({ now: () => new Date(text) });
    expect((await certs(['show', at('pki', 'node.pem')], now('2100-01-01'))).out).toMatch(
      /\(ended\)[\s\S]*NOTE\s+no longer valid/,
    );
    expect((await certs(['show', at('pki', 'node.pem')], now('2000-01-01'))).out).toMatch(/NOTE\s+not yet valid/);
  });

  it('opens a key with a passphrase file, or asks at a terminal, three times at most', async () => {
    const files = ['show', at('pki', 'node.pem'), at('pki', 'protected-key.pem')];
    const fromFile = await certs([...files, '--passphrase-file', at('passphrase')]);
    expect(fromFile.out).toMatch(/that of .*protected-key\.pem/);
    const asked: string[] = [];
    const answers = ['mistyped', 'correct horse'];
    const promptSecret = async (question: string) => {
      asked.push(question);
      return answers.shift() ?? 'never';
    };
    const prompted = await certs(files, { promptSecret });
    expect(prompted.out).toMatch(/that of .*protected-key\.pem/);
    expect(prompted.err).toMatch(/not the passphrase of this key; try again/);
    expect(asked).toEqual(Array(2).fill(`Passphrase of ${at('pki', 'protected-key.pem')}: `));
    const given = await certs(files, { promptSecret });
    expect(given.code).toBe(2);
    expect(given.err).toMatch(/NODE_KEY_PASSPHRASE/);
    expect(asked.length).toBe(5);
  });

  it('shows the rest where nobody can be asked, and refuses a wrong passphrase file', async () => {
    const files = ['show', at('pki', 'node.pem'), at('pki', 'protected-key.pem')];
    const silent = await certs(files);
    expect(silent.code).toBe(0);
    expect(silent.out).toMatch(/private key under a passphrase; give --passphrase-file to compare it/);
    const wrong = await certs([...files, '--passphrase-file', at('wrong-passphrase')]);
    expect(wrong.code).toBe(2);
    expect(wrong.err).toMatch(/NODE_KEY_PASSPHRASE/);
    expect(wrong.err + wrong.out).not.toContain('battery');
  });

  it.each([
    ['a file that is not there', 'none.pem', /FILE: .*none\.pem/],
    ['a folder', 'ca', /FILE: .*directory/],
    ['a file that holds neither', 'passphrase', /NODE_CERTIFICATE_MALFORMED: .*no PEM block/],
  ])('refuses %s', async (_title, file, message) => {
    const { code, err } = await certs(['show', at(file)]);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  it('refuses more than 32 files', async () => {
    const { code, err } = await certs(['show', ...Array(33).fill(at('ca', 'ca.pem'))]);
    expect(code).toBe(2);
    expect(err).toMatch(/at most 32 files/);
  });
});
