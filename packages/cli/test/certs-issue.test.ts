import { X509Certificate } from 'node:crypto';
import { chmod, readdir, readFile, rm, stat } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { createCertsLab } from './certs-lab.js';

const { folder, at, certs, home } = await createCertsLab();
afterAll(() => rm(folder, { recursive: true }));

const modeOf = async (file: string) => (await stat(file)).mode & 0o777;

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
      /KEY_FILE_MISSING.*check --ca/s,
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
