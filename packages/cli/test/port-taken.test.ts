import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../src/index.js';
import { testContext } from './context.js';
import { freePort, takePort } from './ports.js';
import { runProgram } from './program.js';

const folder = await mkdtemp(join(tmpdir(), 'quorumsign-port-'));
afterAll(() => rm(folder, { recursive: true }));

describe('a cosigner whose port another process has', () => {
  it('ends with exit code 1 and LISTEN for peer.listen, and names the address and what to do', async () => {
    const { port, server } = await takePort();
    const out = join(folder, 'cluster');
    const create = `cluster create --chain-id chain-1 --threshold 2 --plaintext-shares --never-signed --out ${out}`;
    const cosigners = [`alpha=127.0.0.1:${port}`, 'beta=127.0.0.1:7071', 'gamma=127.0.0.1:7072'];
    const args = [...create.split(' '), ...cosigners.flatMap((each) => ['--cosigner', each])];
    const http = `alpha=127.0.0.1:${await freePort()}`;
    expect(await run([...args, '--http', http], testContext(folder))).toBe(0);
    const { code, err } = await runProgram(['start', '--home', join(out, 'alpha'), '--yes']);
    server.close();
    expect(code, err).toBe(1);
    expect(err).toContain(
      `LISTEN: expected to listen on 127.0.0.1:${port}, found EADDRINUSE; ` +
        'check peer.listen and that no other process holds the port',
    );
    expect(err).not.toContain('"msg":"started"');
  });

  it('ends with exit code 1 and LISTEN_FAILED for an address that nodes dial', async () => {
    const { port, server } = await takePort();
    const out = join(folder, 'listening');
    const create = `cluster create --chain-id chain-1 --threshold 2 --plaintext-shares --never-signed --out ${out}`;
    const ports = [await freePort(), await freePort(), await freePort()];
    const cosigners = ['alpha', 'beta', 'gamma'].map((name, at) => `${name}=127.0.0.1:${ports[at]}`);
    const args = [...create.split(' '), ...cosigners.flatMap((each) => ['--cosigner', each])];
    const http = `alpha=127.0.0.1:${await freePort()}`;
    const listens = [port, await freePort(), await freePort()].flatMap((each, at) => [
      '--listen',
      `${['alpha', 'beta', 'gamma'][at]}=grpc://127.0.0.1:${each}`,
    ]);
    expect(await run([...args, '--http', http, ...listens], testContext(folder))).toBe(0);
    const { code, err } = await runProgram(['start', '--home', join(out, 'alpha'), '--yes']);
    server.close();
    expect(code, err).toBe(1);
    expect(err).toContain('LISTEN_FAILED');
    expect(err).toContain(`127.0.0.1:${port}`);
  });
});
