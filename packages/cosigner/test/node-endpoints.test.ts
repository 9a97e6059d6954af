import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFrost } from '@quorumsign/frost';
import { describe, expect, it } from 'vitest';
import { type CosignerConfig, createCosigner, DEFAULT_LIMITS } from '../src/index.js';

const frost = await loadFrost();
const random = (length: number) => new Uint8Array(length).fill(7);
const dealt = frost.deal({
  secret: frost.randomSecret(random),
  threshold: 2,
  identifiers: [1, 2, 3],
  epoch: 1,
  random,
});
const [share] = dealt.shares;
if (share === undefined) throw new Error('expected a share');

const observer = {
  signed: () => {},
  denied: () => {},
  failed: () => {},
  roleChanged: () => {},
  badShare: () => {},
  hedged: () => {},
};
const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

describe('a node that dials', () => {
  it('is refused in words before anything is opened, as no server is joined yet', async () => {
    const storeDirectory = join(tmpdir(), 'quorumsign-never-opened');
    const config: CosignerConfig = {
      cluster: 'c',
      cosigner: 'alpha',
      threshold: 2,
      members: [],
      peerListen: '127.0.0.1:0',
      chains: [
        {
          chainId: 'chain-1',
          group: dealt.group,
          share,
          limits: DEFAULT_LIMITS,
          signExtensions: 'when-wanted',
          rawBytes: {},
          nodes: [{ kind: 'listen', listen: 'grpc://127.0.0.1:26658', tls: { mode: 'none' } }],
        },
      ],
      heartbeatMs: 50,
      electionMs: 300,
      deadlineMs: 2500,
      storeDirectory,
      tls: { caPem: '', certificatePem: '', keyPem: '' },
      nodeIdentitySeed: new Uint8Array(32),
    };
    await expect(createCosigner(config, { logger, observer })).rejects.toThrow(
      /^chain chain-1: expected nodes that this cosigner dials, found listen grpc:\/\/127\.0\.0\.1:26658/,
    );
    expect(existsSync(storeDirectory)).toBe(false);
  });
});
