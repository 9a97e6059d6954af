import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../src/index.js';
import { testContext } from './context.js';
import { freePort, takePort } from './ports.js';

// The process itself, as it was built: that nothing keeps it alive shows only there.
const PROGRAM = new URL('../bin/quorumsign.js', import.meta.url).pathname;

const folder = await mkdtemp(join(tmpdir(), 'quorumsign-port-'));
afterAll(() => rm(folder, { recursive: true }));

async function startProcess(home: string): Promise<{ code: number | null; log: string }> {
  const child = spawn(process.execPath, [PROGRAM, 'start', '--home', home, '--yes'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const [code, log] = await Promise.all([exited, text(child.stderr)]);
  return { code, log };
}

describe('a cosigner whose port another process has', () => {
  it('ends with exit code 1 and LISTEN for peer.listen, and names the address and what to do', async () => {
    const { port, server } = await takePort();
    const out = join(folder, 'cluster');
    const create = `cluster create --chain-id chain-1 --threshold 2 --plaintext-shares --never-signed --out ${out}`;
    const cosigners = [`alpha=127.0.0.1:${port}`, 'beta=127.0.0.1:7071', 'gamma=127.0.0.1:7072'];
    const args = [...create.split(' '), ...cosigners.flatMap((each) => ['--cosigner', each])];
    const http = `alpha=127.0.0.1:${await freePort()}`;
    expect(await run([...args, '--http', http], testContext(folder))).toBe(0);
    const { code, log } = await startProcess(join(out, 'alpha'));
    server.close();
    expect(code, log).toBe(1);
    expect(log).toContain(
      `LISTEN: expected to listen on 127.0.0.1:${port}, found EADDRINUSE; ` +
        'check peer.listen and that no other process holds the port',
    );
    expect(log).not.toContain('"msg":"started"');
  });
});
