/** Certificates of two authorities, made through the command, in a folder of their own: what the tests of `certs` begin with. */

import { createPrivateKey } from 'node:crypto';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { CommandContext } from '../src/context.js';
import { run } from '../src/index.js';
import { testContext } from './context.js';

export interface CertsLab {
  readonly folder: string;
  at(...parts: string[]): string;
  certs(args: string[], more?: Partial<CommandContext>): Promise<{ code: number; out: string; err: string }>;
  /** The home of alpha in a new cluster that meets nodes as the flags say. */
  home(name: string, ...flags: string[]): Promise<string>;
  /** `--tls-certificate` and `--tls-key` of the signer. */
  readonly signerFlags: readonly string[];
  readonly mutualFlags: readonly string[];
}

/**
 * Makes `ca/` and `other-ca/`, in `pki/` a signer's and a node's certificate and a stranger's, the node's key under a
 * passphrase too, and the files `passphrase` and `wrong-passphrase`.
 */
export async function createCertsLab(): Promise<CertsLab> {
  const folder = await mkdtemp(join(tmpdir(), 'quorumsign-certs-'));
  const at = (...parts: string[]) => join(folder, ...parts);
  const certs: CertsLab['certs'] = async (args, more = {}) => {
    const context = testContext(folder, more);
    const code = await run(['certs', ...args], context);
    return { code, out: context.out, err: context.err };
  };
  const issue = ['issue', '--out', at('pki')];
  for (const args of [
    ['node-ca', '--out', at('ca')],
    ['node-ca', '--out', at('other-ca'), '--name', 'strangers', '--years', '1'],
    [...issue, '--for', 'signer', '--ca', at('ca'), '--san', 'signer.example', '--san', 'IP:127.0.0.1'],
    [...issue, '--for', 'node', '--ca', at('ca'), '--san', 'DNS:sentry-0', '--san', '10.0.1.9'],
    [...issue, '--for', 'node', '--ca', at('other-ca'), '--san', 'sentry-0', '--name', 'stranger'],
  ]) {
    const { code, err } = await certs(args);
    expect(code, err).toBe(0);
  }
  const key = createPrivateKey(await readFile(at('pki', 'node-key.pem')));
  const protectedKey = key.export({ type: 'sec1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'correct horse' });
  await writeFile(at('pki', 'protected-key.pem'), protectedKey);
  await writeFile(at('passphrase'), 'correct horse\n');
  await writeFile(at('wrong-passphrase'), 'battery staple\n');
  const signerFlags = ['--tls-certificate', at('pki', 'signer.pem'), '--tls-key', at('pki', 'signer-key.pem')];
  return {
    folder,
    at,
    certs,
    home: async (name, ...flags) => {
      const hosts = ['alpha=10.0.1.5:7070', 'beta=10.0.2.5:7070', 'gamma=10.0.3.5:7070'];
      const cosigners = hosts.flatMap((each) => ['--cosigner', each]);
      const create = ['cluster', 'create', '--chain-id', 'chain-1', '--threshold', '2', '--plaintext-shares'];
      const context = testContext(folder);
      expect(await run([...create, ...cosigners, ...flags, '--out', at(name)], context), context.err).toBe(0);
      return at(name, 'alpha');
    },
    signerFlags,
    mutualFlags: ['--tls', 'mutual', ...signerFlags, '--tls-client-ca', at('ca', 'ca.pem')],
  };
}
