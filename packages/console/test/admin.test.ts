import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adminRequest, ConsoleError, createAdminServer, type RunningServer } from '../src/index.js';
import { sampleStatus } from './sample-status.js';

let directory: string;
let socketPath: string;
let running: RunningServer | undefined;
let asked: (string | undefined)[];
let broken: boolean;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'qs-admin-'));
  socketPath = join(directory, 'admin.sock');
  asked = [];
  broken = false;
});

afterEach(async () => {
  await running?.stop();
  running = undefined;
  await rm(directory, { recursive: true });
});

async function serve(): Promise<void> {
  const transferLeadership = (to?: string): string | undefined => {
    asked.push(to);
    return to === 'nobody' ? 'nobody is no cosigner of this cluster' : undefined;
  };
  const reload = async (): Promise<string[]> => {
    if (broken) throw new Error('CONFIG: quorumsign.yaml:3:1: missing');
    return ['chain two added'];
  };
  running = await createAdminServer({ socketPath, status: sampleStatus, transferLeadership, reload });
}

describe('admin socket', () => {
  it('may be opened by its owner only', async () => {
    await serve();
    expect((await stat(socketPath)).mode & 0o777).toBe(0o600);
  });

  it('reloads, and says what changed', async () => {
    await serve();
    const answer = await adminRequest(socketPath, { method: 'POST', path: '/config/reload', body: {} });
    expect(answer).toEqual({ status: 200, body: { changes: ['chain two added'] } });
  });

  it('refuses a reload with the words of whatever is wrong', async () => {
    broken = true;
    await serve();
    const answer = await adminRequest(socketPath, { method: 'POST', path: '/config/reload', body: {} });
    expect(answer).toEqual({ status: 409, body: { error: 'CONFIG: quorumsign.yaml:3:1: missing' } });
  });

  it('answers with the status', async () => {
    await serve();
    const answer = await adminRequest(socketPath, { method: 'GET', path: '/status' });
    expect(answer).toMatchObject({ status: 200, body: { cosigner: 'alpha', leader: 'alpha' } });
  });

  it.each([
    { name: 'to anyone, without a body', body: undefined, status: 200, to: [undefined] },
    { name: 'to anyone', body: {}, status: 200, to: [undefined] },
    { name: 'to one by name', body: { to: 'beta' }, status: 200, to: ['beta'] },
    { name: 'refused with a reason', body: { to: 'nobody' }, status: 409, to: ['nobody'] },
    { name: 'a name that is no text', body: { to: 1 }, status: 400, to: [] },
    { name: 'an unknown key', body: { too: 'beta' }, status: 400, to: [] },
    { name: 'no object', body: ['beta'], status: 400, to: [] },
    { name: 'a body too long', body: { to: 'x'.repeat(5000) }, status: 400, to: [] },
  ])('hands leadership over: $name', async ({ body, status, to }) => {
    await serve();
    const request = { method: 'POST', path: '/leader/transfer', ...(body === undefined ? {} : { body }) } as const;
    expect((await adminRequest(socketPath, request)).status).toBe(status);
    expect(asked).toEqual(to);
  });

  it('knows nothing else', async () => {
    await serve();
    expect((await adminRequest(socketPath, { method: 'POST', path: '/status' })).status).toBe(404);
  });

  it('removes its socket when it stops', async () => {
    await serve();
    await running?.stop();
    await expect(stat(socketPath)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('ADMIN_UNREACHABLE: nobody there, or a file that is no socket', async () => {
    const expected = { detail: { code: 'ADMIN_UNREACHABLE', socketPath } };
    await expect(adminRequest(socketPath, { method: 'GET', path: '/status' })).rejects.toMatchObject(expected);
    await writeFile(socketPath, '');
    await expect(adminRequest(socketPath, { method: 'GET', path: '/status' })).rejects.toMatchObject(expected);
  });

  it('ADMIN_UNREACHABLE: without permission the advice is another user, not another start', () => {
    const about = { code: 'ADMIN_UNREACHABLE', socketPath } as const;
    const denied = new ConsoleError({ ...about, reason: 'no permission (EACCES)' });
    expect(denied.message).toMatch(/run this command as the user that the cosigner runs as$/);
    expect(new ConsoleError({ ...about, reason: 'nothing there (ENOENT)' }).message).toMatch(/start it and wait/);
  });

  it.each([
    { name: 'ADMIN_SILENT: closes without an answer', reply: undefined, code: 'ADMIN_SILENT' },
    { name: 'ADMIN_SILENT: breaks off', reply: 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{', code: 'ADMIN_SILENT' },
    { name: 'ADMIN_ANSWER: no JSON', reply: 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n{', code: 'ADMIN_ANSWER' },
  ])('$name', async ({ reply, code }) => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('data', () => socket.end(reply ?? ''));
    });
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    try {
      const request = { method: 'GET', path: '/status', timeoutMs: 1000 } as const;
      await expect(adminRequest(socketPath, request)).rejects.toMatchObject({ detail: { code } });
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('LISTEN_FAILED: a path that the kernel would cut, or a socket that exists', async () => {
    const options = { status: sampleStatus, transferLeadership: () => undefined, reload: async () => [] };
    const expected = { detail: { code: 'LISTEN_FAILED' } };
    await expect(createAdminServer({ ...options, socketPath: join(directory, 'x'.repeat(108)) })).rejects.toMatchObject(
      expected,
    );
    await serve();
    await expect(createAdminServer({ ...options, socketPath })).rejects.toMatchObject(expected);
  });
});
