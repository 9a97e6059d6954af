import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFrost } from '@quorumsign/frost';
import { createStore } from '@quorumsign/store';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CosignerCore } from '../src/core/core.js';
import { type Cosigner, createCosigner, DEFAULT_LIMITS, type Logger } from '../src/index.js';

const LOGGER: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const OBSERVER = {
  signed: () => {},
  denied: () => {},
  failed: () => {},
  roleChanged: () => {},
  badShare: () => {},
  hedged: () => {},
};

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const end of ends.splice(0)) await end();
});

/** A cosigner with a store of its own that was not started: it listens nowhere. */
async function idleCosigner(): Promise<Cosigner> {
  const folder = await mkdtemp(join(tmpdir(), 'quorumsign-cosigner-'));
  const storeDirectory = join(folder, 'store');
  const [cluster, name] = ['cluster', 'alpha'];
  await createStore(storeDirectory, { cluster, cosigner: name }, []);
  const frost = await loadFrost();
  const random = (length: number) => randomBytes(length);
  const identifiers = [1, 2, 3];
  const { group, shares } = frost.deal({
    secret: frost.randomSecret(random),
    threshold: 2,
    identifiers,
    epoch: 1,
    random,
  });
  const share = shares[0];
  if (share === undefined) throw new Error('expected a share');
  const cosigner = await createCosigner(
    {
      cluster,
      cosigner: name,
      threshold: 2,
      members: ['alpha', 'beta', 'gamma'].map((each, at) => ({
        name: each,
        identifier: at + 1,
        address: '127.0.0.1:1',
      })),
      peerListen: '127.0.0.1:0',
      chains: [
        {
          chainId: 'chain-1',
          group,
          share,
          limits: DEFAULT_LIMITS,
          rawBytes: {},
          signExtensions: 'when-wanted',
          floor: undefined,
          nodes: [],
        },
      ],
      heartbeatMs: 50,
      electionMs: 300,
      deadlineMs: 2500,
      storeDirectory,
      tls: { caPem: '', certificatePem: '', keyPem: '' },
      nodeIdentitySeed: createHash('sha256').update('alpha').digest(),
    },
    { logger: LOGGER, observer: OBSERVER },
  );
  ends.push(async () => {
    await cosigner.stop();
    await rm(folder, { recursive: true });
  });
  return cosigner;
}

describe('a cosigner', () => {
  it('that does not lead says who does when it is asked to hand leadership over', async () => {
    const cosigner = await idleCosigner();
    expect(cosigner.transferLeadership()).toBe('not the leader; nobody leads');
  });

  it('ends at an impossible state found during a hand-over, and takes no input after it', async () => {
    const cosigner = await idleCosigner();
    const transfer = vi.spyOn(CosignerCore.prototype, 'transferLeadership').mockImplementation(() => {
      throw new Error('impossible: for this test');
    });
    expect(cosigner.transferLeadership()).toMatch(/^stopping for safety/);
    expect(await cosigner.fatal).toEqual({ exitCode: 3, reason: 'impossible: for this test' });
    expect(cosigner.transferLeadership()).toMatch(/^stopping for safety/);
    expect(transfer).toHaveBeenCalledTimes(1);
  });
});
