import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandContext } from '../src/context.js';
import { run } from '../src/index.js';
import { testContext } from './context.js';

const folder = await mkdtemp(join(tmpdir(), 'quorumsign-certs-'));
afterAll(() => rm(folder, { recursive: true }));
const at = (...parts: string[]) => join(folder, ...parts);

async function certs(args: string[], more: Partial<CommandContext> = {}) {
  const context = testContext(folder, more);
  const code = await run(['certs', ...args], context);
  return { code, out: context.out, err: context.err };
}

const modeOf = async (file: string) => (await stat(file)).mode & 0o777;

// One authority, a signer's and a node's certificate, and a stranger's.
beforeAll(async () => {
  for (const args of [
    ['node-ca', '--out', at('ca')],
    ['node-ca', '--out', at('other-ca'), '--name', 'strangers', '--years', '1'],
    [
      'issue',
      '--for',
      'signer',
      '--ca',
      at('ca'),
      '--san',
      'signer.example',
      '--san',
      'IP:127.0.0.1',
      '--out',
      at('pki'),
    ],
    ['issue', '--for', 'node', '--ca', at('ca'), '--san', 'DNS:sentry-0', '--san', '10.0.1.9', '--out', at('pki')],
    ['issue', '--for', 'node', '--ca', at('other-ca'), '--san', 'sentry-0', '--out', at('pki'), '--name', 'stranger'],
  ]) {
    const { code, err } = await certs(args);
    expect(code, err).toBe(0);
  }
  const key = createPrivateKey(await readFile(at('pki', 'node-key.pem')));
  const protectedKey = key.export({ type: 'sec1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'correct horse' });
  await writeFile(at('pki', 'protected-key.pem'), protectedKey);
  await writeFile(at('passphrase'), 'correct horse\n');
  await writeFile(at('wrong-passphrase'), 'battery staple\n');
});

/** A cluster whose cosigner alpha meets nodes as the flags say. */
async function home(name: string, ...flags: string[]): Promise<string> {
  const hosts = ['alpha=10.0.1.5', 'beta=10.0.2.5', 'gamma=10.0.3.5'].flatMap((each) => ['--cosigner', `${each}:7070`]);
  const create = ['cluster', 'create', '--chain-id', 'chain-1', '--threshold', '2', '--plaintext-shares', ...hosts];
  const context = testContext(folder);
  expect(await run([...create, ...flags, '--out', at(name)], context), context.err).toBe(0);
  return at(name, 'alpha');
}

const SIGNER = ['--tls-certificate', at('pki', 'signer.pem'), '--tls-key', at('pki', 'signer-key.pem')];
const MUTUAL = ['--tls', 'mutual', ...SIGNER, '--tls-client-ca', at('ca', 'ca.pem')];
const LISTEN = ['--listen', 'grpc://0.0.0.0:26658'];

describe('certs node-ca and certs issue', () => {
  it('write for their owner only, and nothing else', async () => {
    expect((await readdir(at('ca'))).sort()).toEqual(['ca-key.pem', 'ca.pem']);
    expect(await modeOf(at('ca'))).toBe(0o700);
    for (const file of ['ca/ca.pem', 'ca/ca-key.pem', 'pki/signer.pem', 'pki/signer-key.pem', 'pki/node-key.pem']) {
      expect(await modeOf(at(file)), file).toBe(0o600);
    }
  });

  it('say in JSON what they wrote', async () => {
    const { out } = await certs(['node-ca', '--out', at('json-ca'), '-o', 'json']);
    expect(JSON.parse(out)).toMatchObject({
      certificate: at('json-ca', 'ca.pem'),
      key: at('json-ca', 'ca-key.pem'),
      subject: 'CN=Quorumsign node CA nodes',
    });
    const issued = await certs([
      'issue',
      '--for',
      'node',
      '--ca',
      at('json-ca'),
      '--san',
      'a',
      '--out',
      at('json'),
      '-o',
      'json',
    ]);
    expect(JSON.parse(issued.out)).toMatchObject({ for: 'node', certificate: at('json', 'node.pem') });
  });

  it('say what to do next with the files', async () => {
    const node = await certs(['issue', '--for', 'node', '--ca', at('ca'), '--san', 'a', '--out', at('next')]);
    expect(node.out).toMatch(
      /client-certificate-file = ".*node\.pem"\n.*client-key-file = .*\n.*root-ca-file = ".*ca\/ca\.pem"/,
    );
    const signer = await certs(['issue', '--for', 'signer', '--ca', at('ca'), '--san', 'a', '--out', at('next')]);
    expect(signer.out).toMatch(/--tls mutual --tls-certificate .*signer\.pem --tls-key .*signer-key\.pem/);
  });

  it('take the name and the days that are asked for', async () => {
    const args = ['issue', '--for', 'signer', '--ca', at('ca'), '--san', '::1', '--out', at('named')];
    expect((await certs([...args, '--name', 'gamma.v2', '--days', '10'])).code).toBe(0);
    const found = new X509Certificate(await readFile(at('named', 'gamma.v2.pem')));
    expect(found.subject).toBe('CN=gamma.v2');
    const days = (Date.parse(found.validTo) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(9.9);
    expect(days).toBeLessThan(10.1);
  });

  const issue = (...more: string[]) => [
    'issue',
    '--for',
    'node',
    '--ca',
    at('ca'),
    '--san',
    'a',
    '--out',
    at('refused'),
    ...more,
  ];
  const refusals: [string, string[], RegExp][] = [
    [
      'an authority over another',
      ['node-ca', '--out', at('ca')],
      /WOULD_OVERWRITE: .*ca\.pem exists; nothing was written/,
    ],
    [
      'a certificate over another',
      ['issue', '--for', 'node', '--ca', at('ca'), '--san', 'a', '--out', at('pki')],
      /WOULD_OVERWRITE/,
    ],
    [
      'a key over another, whose certificate is gone',
      ['issue', '--for', 'node', '--ca', at('ca'), '--san', 'a', '--out', at('pki'), '--name', 'protected'],
      /WOULD_OVERWRITE: .*protected-key\.pem/,
    ],
    ['no folder', ['node-ca'], /--out/],
    [
      'years that are no number',
      ['node-ca', '--out', at('refused'), '--years', '1e1'],
      /--years: expected a whole number, found "1e1"/,
    ],
    [
      '31 years',
      ['node-ca', '--out', at('refused'), '--years', '31'],
      /ARGUMENT: years: expected a whole number from 1 to 30/,
    ],
    [
      'a name of an authority that does not print',
      ['node-ca', '--out', at('refused'), '--name', 'a\nb'],
      /ARGUMENT: authority name/,
    ],
    [
      'no side',
      ['issue', '--ca', at('ca'), '--san', 'a', '--out', at('refused')],
      /--for: expected signer .* or node .*, found none/,
    ],
    [
      'an unknown side',
      ['issue', '--for', 'server', '--ca', at('ca'), '--san', 'a', '--out', at('refused')],
      /found "server"/,
    ],
    [
      'no name',
      ['issue', '--for', 'signer', '--ca', at('ca'), '--out', at('refused')],
      /--san: expected at least one name \(each host or address that a node dials\)/,
    ],
    ['a name that is none', issue('--san', 'a b'), /ARGUMENT: subject alternative name: .*"a b"/],
    ['no authority', ['issue', '--for', 'node', '--san', 'a', '--out', at('refused')], /expected --ca DIR/],
    [
      'a folder without an authority',
      ['issue', '--for', 'node', '--ca', at('none'), '--san', 'a', '--out', at('refused')],
      /KEY_FILE_MISSING/,
    ],
    ['no place to write', ['issue', '--for', 'node', '--ca', at('ca'), '--san', 'a'], /expected --out DIR/],
    ['a name that is a path', issue('--name', '../x'), /--name: expected a file name/],
    ['days beyond ten years', issue('--days', '3651'), /ARGUMENT: days/],
  ];
  for (const [title, args, message] of refusals) {
    it(`refuse ${title} with exit 2, and write nothing`, async () => {
      const { code, out, err } = await certs(args);
      expect(err).toMatch(message);
      expect(code).toBe(2);
      expect(out).toBe('');
      await expect(stat(at('refused'))).rejects.toThrow(/ENOENT/);
    });
  }

  it('refuse the authority of the cluster, and one whose key others can read', async () => {
    const alpha = await home('for-ca');
    const cluster = await certs([
      'issue',
      '--for',
      'node',
      '--ca',
      at('for-ca', 'ca'),
      '--san',
      'a',
      '--out',
      at('refused'),
    ]);
    expect(cluster.err).toMatch(
      /ARGUMENT: authority: expected an authority made with certs node-ca, found the cluster's own/,
    );
    expect((await certs(['node-ca', '--out', at('open-ca')])).code).toBe(0);
    await chmod(at('open-ca', 'ca-key.pem'), 0o644);
    const open = await certs(['issue', '--for', 'node', '--ca', at('open-ca'), '--san', 'a', '--out', at('refused')]);
    expect(open.err).toMatch(/KEY_FILE_PERMISSIONS/);
    expect([cluster.code, open.code]).toEqual([2, 2]);
    expect(alpha).toContain('alpha');
  });
});

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
