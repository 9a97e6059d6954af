import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { peerIdOf, secretConnectionIdOf } from '@quorumsign/privval';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../src/index.js';
import { testContext } from './context.js';

const folder = await mkdtemp(join(tmpdir(), 'quorumsign-keys-'));
afterAll(() => rm(folder, { recursive: true }));
const home = join(folder, 'cluster', 'alpha');

interface Row {
  readonly seed: string;
  readonly peerId?: string;
  readonly secretConnectionId?: string;
  readonly source: string;
}
const { rows }: { rows: Row[] } = JSON.parse(await readFile(new URL('data/node-ids.json', import.meta.url), 'utf8'));

// Source: cometbft/cometbft v0.38.25 privval/msgs_test.go, the key of "it's a secret".
const KEY = {
  address: 'DC52D5CF8DFD1793D71038B342A29B01AD8A5D63',
  pub_key: { type: 'tendermint/PubKeyEd25519', value: 'VWpDbxIY0wlC7+eYQg9R3JtqMRuSnFeCV0V9BcX88jA=' },
  priv_key: {
    type: 'tendermint/PrivKeyEd25519',
    value: 'nYNNP8rE7iVTa3DhU3b+u2l4YatXNAXYuJKQQX/RYHBVakNvEhjTCULv55hCD1Hcm2oxG5KcV4JXRX0FxfzyMA==',
  },
};
// The same key by the reference implementation of BIP 173.
const BECH32 = 'cosmosvalcons1m3fdtnudl5te84cs8ze59g5mqxkc5htrltwwk6';
const BECH32_PUB = 'cosmosvalconspub1zcjduepq244yxmcjrrfsjsh0u7vyyr63mjdk5vgmj2w90qjhg47st30u7gcqr6l8xu';

beforeAll(async () => {
  const key = join(folder, 'key.json');
  await writeFile(key, JSON.stringify(KEY), { mode: 0o600 });
  const cosigners = ['alpha', 'beta', 'gamma'].flatMap((name, at) => ['--cosigner', `${name}=127.0.0.1:${7070 + at}`]);
  const create = ['cluster', 'create', '--chain-id', 'chain-1', '--threshold', '2', '--plaintext-shares', ...cosigners];
  const context = testContext(folder);
  const args = [...create, '--key', key, '--never-signed', '--out', join(folder, 'cluster')];
  expect(await run(args, context), context.err).toBe(0);
});

async function keysShow(...args: string[]) {
  const context = testContext(folder);
  const code = await run(['keys', 'show', '--home', home, ...args], context);
  return { code, ...context };
}

describe('keys show --prefix', () => {
  it('shows the address and key in bech32, and the key as operators paste it', async () => {
    const { code, out } = await keysShow('--prefix', 'cosmosvalcons', '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(out)[0]).toMatchObject({
      address: KEY.address,
      bech32Address: BECH32,
      bech32PublicKey: BECH32_PUB,
      cosmosPublicKey: { '@type': '/cosmos.crypto.ed25519.PubKey', key: KEY.pub_key.value },
    });
    const text = await keysShow('--prefix', 'cosmosvalcons');
    expect(text.out).toContain(`bech32      ${BECH32}\n`);
    expect(text.out).toContain(`{"@type":"/cosmos.crypto.ed25519.PubKey","key":"${KEY.pub_key.value}"}`);
    expect(text.err).toBe('');
  });

  it('warns of a prefix that is an account’s', async () => {
    const { code, err } = await keysShow('--prefix', 'cosmos');
    expect(code).toBe(0);
    expect(err).toMatch(/usually ends in "valcons".*with cosmos this reads like an account/);
  });

  it('accepts a prefix of 20 characters, with which the key still fits in 90', async () => {
    const { out } = await keysShow('--prefix', `${'x'.repeat(13)}valcons`, '-o', 'json');
    expect(JSON.parse(out)[0].bech32PublicKey.length).toBeLessThanOrEqual(90);
  });

  it.each(['', 'Cosmosvalcons', 'cosmos valcons', '1cosmos', 'x'.repeat(21)])('refuses %j', async (prefix) => {
    const { code, out, err } = await keysShow('--prefix', prefix);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(/--prefix: expected 1 to 20 lower-case letters and digits/);
  });

  it('leaves the forms out where no prefix is asked for', async () => {
    const { out } = await keysShow('-o', 'json');
    expect(JSON.parse(out)[0].bech32Address).toBeUndefined();
  });
});

describe('keys show --node-identity', () => {
  it.each(rows)('computes the ids of a seed: $source', ({ seed, peerId, secretConnectionId }) => {
    const bytes = Buffer.from(seed, 'hex');
    if (peerId !== undefined) expect(peerIdOf(bytes)).toBe(peerId);
    if (secretConnectionId !== undefined) expect(secretConnectionIdOf(bytes)).toBe(secretConnectionId);
    expect(peerId ?? secretConnectionId).toBeDefined();
  });

  it('shows those of this home, and nothing of the seed', async () => {
    const seed = (await readFile(join(home, 'tls', 'node-identity.key'), 'utf8')).trim();
    const { code, out } = await keysShow('--node-identity', '-o', 'json');
    expect(code).toBe(0);
    const bytes = Buffer.from(seed, 'hex');
    expect(JSON.parse(out)).toEqual({
      cosigner: 'alpha',
      peerId: peerIdOf(bytes),
      secretConnectionId: secretConnectionIdOf(bytes),
    });
    const text = await keysShow('--node-identity');
    expect(text.out).toContain(`noise://${peerIdOf(bytes)}@IP:PORT`);
    expect(text.out + out).not.toContain(seed);
  });

  it('refuses --prefix beside it', async () => {
    const { code, err } = await keysShow('--node-identity', '--prefix', 'cosmosvalcons');
    expect(code).toBe(2);
    expect(err).toMatch(/found both/);
  });

  it('refuses a home whose identity is missing or damaged', async () => {
    const file = join(home, 'tls', 'node-identity.key');
    const good = await readFile(file, 'utf8');
    await writeFile(file, 'zz');
    expect((await keysShow('--node-identity')).err).toMatch(/64 hexadecimal digits/);
    await rm(file);
    const missing = await keysShow('--node-identity');
    expect(missing.code).toBe(2);
    expect(missing.err).toMatch(/KEY_FILE_MISSING/);
    await writeFile(file, good, { mode: 0o600 });
  });
});
