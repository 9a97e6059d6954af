import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFrost } from '@quorumsign/frost';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadHome } from '../src/home/load-home.js';
import { parseConfig, run } from '../src/index.js';
import { testContext } from './context.js';

const folder = await mkdtemp(join(tmpdir(), 'quorumsign-listen-'));
afterAll(() => rm(folder, { recursive: true }));
const at = (...parts: string[]) => join(folder, ...parts);
let count = 0;

beforeAll(async () => {
  const issue = ['certs', 'issue', '--ca', at('ca'), '--out', at('pki')];
  for (const args of [
    ['certs', 'node-ca', '--out', at('ca')],
    [...issue, '--for', 'signer', '--san', '10.0.1.5', '--san', '10.0.2.5', '--san', '10.0.3.5'],
    [...issue, '--for', 'node', '--san', 'sentry-0'],
  ]) {
    expect(await run(args, testContext(folder))).toBe(0);
  }
});

const APART = ['alpha=10.0.1.5:7070', 'beta=10.0.2.5:7070', 'gamma=10.0.3.5:7070'];
const TOGETHER = ['alpha=127.0.0.1:7070', 'beta=127.0.0.1:7071', 'gamma=127.0.0.1:7072'];

async function create(cosigners: string[], ...flags: string[]) {
  const out = at(`cluster-${count++}`);
  const context = testContext(folder);
  const named = cosigners.flatMap((each) => ['--cosigner', each]);
  const args = ['cluster', 'create', '--chain-id', 'chain-1', '--threshold', '2', '--plaintext-shares', ...named];
  const code = await run([...args, ...flags, '--out', out], context);
  return { out, code, err: context.err };
}

async function nodesOf(home: string) {
  const file = join(home, 'quorumsign.yaml');
  return parseConfig(await readFile(file, 'utf8'), file).chains[0]?.nodes;
}

async function configCheck(home: string, now = () => new Date()) {
  const context = testContext(folder, { now });
  const code = await run(['config', 'check', '--home', home], context);
  return { code, text: context.out + context.err };
}

const SIGNER = ['--tls-certificate', at('pki', 'signer.pem'), '--tls-key', at('pki', 'signer-key.pem')];
const MUTUAL = ['--tls', 'mutual', ...SIGNER, '--tls-client-ca', at('ca', 'ca.pem')];
const LISTEN = ['--listen', 'grpc://0.0.0.0:26658'];

describe('cluster create --listen', () => {
  it('copies the files of mutual TLS into each home, for its owner only', async () => {
    const { out, code, err } = await create(APART, ...LISTEN, ...MUTUAL);
    expect(code, err).toBe(0);
    for (const name of ['alpha', 'beta', 'gamma']) {
      const home = join(out, name);
      for (const [file, source] of [
        ['node.pem', 'pki/signer.pem'],
        ['node-key.pem', 'pki/signer-key.pem'],
        ['node-ca.pem', 'ca/ca.pem'],
      ] as const) {
        expect(await readFile(join(home, 'tls', file))).toEqual(await readFile(at(source)));
        expect((await stat(join(home, 'tls', file))).mode & 0o777).toBe(0o600);
      }
      expect(await nodesOf(home)).toEqual([
        {
          kind: 'listen',
          listen: 'grpc://0.0.0.0:26658',
          tls: {
            mode: 'mutual',
            certificate: 'tls/node.pem',
            key: 'tls/node-key.pem',
            clientCa: 'tls/node-ca.pem',
            allowed: undefined,
          },
        },
      ]);
      expect(await configCheck(home)).toMatchObject({ code: 0 });
    }
  });

  it('copies no authority for one-way TLS', async () => {
    const { out, code } = await create(APART, ...LISTEN, '--tls', 'one-way', ...SIGNER);
    expect(code).toBe(0);
    expect(await nodesOf(join(out, 'alpha'))).toMatchObject([{ tls: { mode: 'one-way' } }]);
    await expect(stat(join(out, 'alpha', 'tls', 'node-ca.pem'))).rejects.toThrow(/ENOENT/);
  });

  it('serves loopback addresses in plain text, each cosigner its own beside nodes that are dialled', async () => {
    const listens = ['alpha', 'beta', 'gamma'].flatMap((name, index) => [
      '--listen',
      `${name}=grpc://127.0.0.1:${26_658 + index}`,
    ]);
    const { out, code, err } = await create(TOGETHER, ...listens, '--node', 'unix:///run/node.sock');
    expect(code, err).toBe(0);
    expect(await nodesOf(join(out, 'beta'))).toEqual([
      { kind: 'dial', address: 'unix:///run/node.sock' },
      { kind: 'listen', listen: 'grpc://127.0.0.1:26659', tls: { mode: 'none' } },
    ]);
    expect(await configCheck(join(out, 'beta'))).toMatchObject({ code: 0 });
  });

  it('says in README.txt where each node dials, and that all three files must be set', async () => {
    const { out } = await create(APART, ...LISTEN, ...MUTUAL, '--node', 'tcp://10.0.1.9:26659');
    const text = await readFile(join(out, 'README.txt'), 'utf8');
    expect(text).toContain('alpha: laddr = "grpc://10.0.1.5:26658", TLS mutual');
    expect(text).toContain('gamma: laddr = "grpc://10.0.3.5:26658", TLS mutual');
    expect(text).toContain('client-certificate-file, client-key-file and root-ca-file');
    expect(text).toContain('   tcp://10.0.1.9:26659');
  });

  it('hands a home over with absolute paths, and the chain’s options', async () => {
    const { out } = await create(APART, ...LISTEN, ...MUTUAL);
    const home = join(out, 'alpha');
    const file = join(home, 'quorumsign.yaml');
    const text = (await readFile(file, 'utf8'))
      .replace('extensions: when-wanted', 'extensions: never')
      .replace('    limits:', '    rawBytes: { signBytes: ["example::v1/"] }\n    limits:')
      .replace('tls/node-ca.pem }', 'tls/node-ca.pem, allowed: { subjectAltNames: ["DNS:sentry-0"] } }');
    const options = { home, config: parseConfig(text, file), passphrase: undefined, now: new Date() };
    const { cosigner } = await loadHome({ ...options, frost: await loadFrost() });
    expect(cosigner.chains[0]).toMatchObject({
      signExtensions: 'never',
      rawBytes: { 'sign-bytes': ['example::v1/'] },
      nodes: [
        {
          kind: 'listen',
          listen: 'grpc://0.0.0.0:26658',
          tls: {
            mode: 'mutual',
            certificateFile: join(home, 'tls/node.pem'),
            keyFile: join(home, 'tls/node-key.pem'),
            clientCaFile: join(home, 'tls/node-ca.pem'),
            allowed: { subjectAltNames: ['DNS:sentry-0'], fingerprints: [] },
          },
        },
      ],
    });
  });

  const refusals: [string, string[], string[], RegExp][] = [
    [
      'plain text on an address that others reach',
      APART,
      LISTEN,
      /--listen grpc:\/\/0\.0\.0\.0:26658: expected --tls one-way or --tls mutual .*found no --tls; in plain text whoever reaches the port gets signatures/,
    ],
    ['plain text on a name that may be anything', APART, ['--listen', 'grpc://signer.example:1'], /found no --tls/],
    ['a listen without grpc://', APART, ['--listen', '127.0.0.1:1'], /--listen: expected grpc:\/\/HOST:PORT/],
    ['a listen without a port', APART, ['--listen', 'grpc://127.0.0.1'], /--listen: expected grpc:\/\/HOST:PORT/],
    [
      'a listen of a stranger',
      APART,
      ['--listen', 'delta=grpc://127.0.0.1:1'],
      /--listen: expected one of the cosigners .*found delta/,
    ],
    ['TLS without a listen', APART, MUTUAL, /--tls: expected --listen grpc:\/\/HOST:PORT as well/],
    ['files without a mode', APART, [...LISTEN, ...SIGNER], /expected --tls one-way or --tls mutual as well/],
    [
      'an unknown mode',
      APART,
      [...LISTEN, '--tls', 'none', ...SIGNER],
      /--tls: expected one-way or mutual, found "none"/,
    ],
    [
      'one-way without a key',
      APART,
      [...LISTEN, '--tls', 'one-way', ...SIGNER.slice(0, 2)],
      /expected --tls-certificate FILE and --tls-key FILE/,
    ],
    [
      'one-way with an authority of nodes',
      APART,
      [...LISTEN, ...MUTUAL, '--tls', 'one-way'],
      /expected no --tls-client-ca/,
    ],
    [
      'mutual without an authority of nodes',
      APART,
      [...LISTEN, '--tls', 'mutual', ...SIGNER],
      /expected --tls-client-ca FILE/,
    ],
    [
      'one port for three cosigners of one machine',
      TOGETHER,
      ['--listen', 'grpc://127.0.0.1:26658'],
      /expected a port of its own for beta's nodes, found 26658, taken by alpha's nodes/,
    ],
    [
      'the port of the peers',
      TOGETHER,
      ['--listen', 'alpha=grpc://127.0.0.1:7071'],
      /expected a port of its own for beta's peers, found 7071, taken by alpha's nodes/,
    ],
    [
      'the port of the status page',
      TOGETHER,
      ['--listen', 'alpha=grpc://127.0.0.1:7080'],
      /found 7080, taken by alpha's status page/,
    ],
    [
      'the port of its own peers for the status page',
      TOGETHER,
      ['--http', 'alpha=127.0.0.1:7070'],
      /--http: expected a port of its own for alpha's status page, found 7070, taken by alpha's peers/,
    ],
    [
      'a certificate that is not there',
      APART,
      [...LISTEN, '--tls', 'one-way', '--tls-certificate', at('none.pem'), ...SIGNER.slice(2)],
      /FILE: .*none\.pem/,
    ],
    [
      'the certificate of a node',
      APART,
      [
        ...LISTEN,
        '--tls',
        'one-way',
        '--tls-certificate',
        at('pki', 'node.pem'),
        '--tls-key',
        at('pki', 'node-key.pem'),
      ],
      /NODE_USAGE: .*--for signer/,
    ],
    [
      'the key of another certificate',
      APART,
      [...LISTEN, '--tls', 'one-way', ...SIGNER.slice(0, 2), '--tls-key', at('pki', 'node-key.pem')],
      /KEY_MISMATCH/,
    ],
    [
      'an authority that is a key',
      APART,
      [...LISTEN, '--tls', 'mutual', ...SIGNER, '--tls-client-ca', at('ca', 'ca-key.pem')],
      /NODE_CERTIFICATE_MALFORMED: .*only "PRIVATE KEY"/,
    ],
    [
      'an authority that is none',
      APART,
      [...LISTEN, '--tls', 'mutual', ...SIGNER, '--tls-client-ca', at('pki', 'node.pem')],
      /NODE_CHAIN: .*no authority that signed itself/,
    ],
    ['grpc:// as a node to dial', APART, ['--node', 'grpc://h:1'], /--node: over gRPC the node dials/],
  ];
  for (const [title, cosigners, flags, message] of refusals) {
    it(`refuses ${title} with exit 2, and writes nothing`, async () => {
      const { out, code, err } = await create(cosigners, ...flags);
      expect(err).toMatch(message);
      expect(code).toBe(2);
      await expect(stat(out)).rejects.toThrow(/ENOENT/);
    });
  }
});

describe('config check of a home that nodes dial', () => {
  it('refuses files that do not fit, before a start does', async () => {
    const { out } = await create(APART, ...LISTEN, ...MUTUAL);
    const home = join(out, 'alpha');
    const key = join(home, 'tls', 'node-key.pem');
    await chmod(key, 0o640);
    expect(await configCheck(home)).toMatchObject({
      code: 2,
      text: expect.stringMatching(/KEY_PERMISSIONS: .*node-key\.pem/),
    });
    await chmod(key, 0o600);
    await writeFile(key, await readFile(at('pki', 'node-key.pem')));
    expect(await configCheck(home)).toMatchObject({ code: 2, text: expect.stringMatching(/KEY_MISMATCH/) });
    await rm(key);
    expect(await configCheck(home)).toMatchObject({ code: 2, text: expect.stringMatching(/FILE: .*node-key\.pem/) });
    const options = { home, config: parseConfig(await readFile(join(home, 'quorumsign.yaml'), 'utf8'), 'q') };
    const load = loadHome({ ...options, passphrase: undefined, now: new Date(), frost: await loadFrost() });
    await expect(load).rejects.toThrow(/FILE: .*node-key\.pem/);
  });

  it('warns thirty days before an end, and of plain text that others reach', async () => {
    const { out } = await create(APART, ...LISTEN, ...MUTUAL);
    const home = join(out, 'alpha');
    const later = await configCheck(home, () => new Date(Date.now() + 715 * 86_400_000));
    expect(later.text).toMatch(/warning: .*node\.pem ends in 1[45] days/);
    const file = join(home, 'quorumsign.yaml');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/tls: \{ mode: mutual.*\}/, 'tls: { mode: none } }'));
    const plain = await configCheck(home);
    expect(plain.code).toBe(0);
    expect(plain.text).toMatch(/warning: grpc:\/\/0\.0\.0\.0:26658: plain text on an address that others reach/);
  });
});
