/** Peers that die, hang and come twice: separate processes, real signals. */

import { afterEach, describe, expect, it, vi } from 'vitest';
import { GrpcLab } from './grpc-lab.js';
import { type RawPeer, startRawPeer } from './raw-process.js';

const lab = new GrpcLab();
const children: RawPeer[] = [];
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.end()));
  await lab.stop();
});

function start(...args: Parameters<typeof startRawPeer>): RawPeer {
  const child = startRawPeer(...args);
  children.push(child);
  return child;
}

const portOf = (address: string): number => Number(address.split(':').at(-1));

/** A process that listens as beta, and alpha connected to it. */
async function dialledChild(silenceMs = 1500) {
  const child = start('listen', 'beta', 0);
  lab.setAddress('beta', `127.0.0.1:${(await child.printed('listening')).split(' ')[1]}`);
  const alpha = await lab.start('alpha', { silenceMs });
  await alpha.events.until('connected', 'beta');
  return { child, node: alpha, peer: 'beta' };
}

/** A process that dials as alpha, and beta connected to it. */
async function diallingChild(silenceMs = 1500) {
  const beta = await lab.start('beta', { silenceMs });
  const child = start('dial', 'alpha', portOf(beta.address));
  await beta.events.until('connected', 'alpha');
  return { child, node: beta, peer: 'alpha' };
}

describe.each([
  ['the dialling end', dialledChild],
  ['the listening end', diallingChild],
] as const)('a peer process, seen from %s', (_, connect) => {
  it('is known by its own boot id, whatever library it speaks with', async () => {
    const { child, node, peer } = await connect();
    expect((await node.events.until('connected', peer)).connection.bootId).toBe(child.bootId);
    expect(node.transport.status().find((status) => status.name === peer)?.connected).toBe(true);
  });

  it('is noticed by its socket when killed, not by its silence', async () => {
    const { child, node, peer } = await connect();
    child.signal('SIGKILL');
    const { reason } = await node.events.until('disconnected', peer);
    expect(reason).toMatch(/^(reset|closed)/);
  });

  // The first answer meets the reset; the second, before the loop polls, is never done, and Node has stopped reading.
  it('is noticed by its socket when killed while it is answered', async () => {
    const { child, node, peer } = await connect();
    const send = (): boolean => node.transport.send(peer, Buffer.from('answer'));
    vi.spyOn(node.events, 'frame').mockImplementation(() => {
      child.killAtOnce();
      send();
      queueMicrotask(send);
    });
    await child.speakWithoutReading(send);
    const { reason } = await node.events.until('disconnected', peer);
    expect(reason).toMatch(/^(reset|closed)/);
  });

  it('is noticed after silenceMs when it hangs with its socket open', async () => {
    const { child, node, peer } = await connect(400);
    child.signal('SIGSTOP');
    const { reason } = await node.events.until('disconnected', peer);
    expect(Number(/^silent: nothing heard for (\d+) ms$/.exec(reason)?.[1])).toBeGreaterThanOrEqual(400);
  });
});

describe('a hung process and its successor', () => {
  it('is replaced by another process of its name after the probe, before the silence is noticed', async () => {
    const { child, node } = await diallingChild(60_000);
    child.signal('SIGSTOP');
    const second = start('dial', 'alpha', portOf(node.address), 2);
    const { reason } = await node.events.until('disconnected', 'alpha');
    expect(reason).toBe('replaced: silent for 250 ms while another process of this name connected');
    expect((await node.events.until('connected', 'alpha', 1)).connection.bootId).toBe(second.bootId);
  });

  it('is not replaced while it answers', async () => {
    const { node } = await diallingChild();
    start('dial', 'alpha', portOf(node.address), 2);
    expect(await node.logged('duplicate')).toContain('another process with this name is connected and answers');
    expect(node.events.events.map((event) => event.kind)).toEqual(['connected']);
  });
});
