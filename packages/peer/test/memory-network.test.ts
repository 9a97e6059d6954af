import { describe, expect, it } from 'vitest';
import { memoryNetwork } from '../src/index.js';
import { countingRandom, ManualClock, silentLogger } from './manual-clock.js';
import { MemoryLab } from './memory-lab.js';

async function connected() {
  const lab = new MemoryLab();
  const beta = await lab.start('beta');
  const alpha = await lab.start('alpha');
  await lab.settle(Promise.all([beta.events.until('connected', 'alpha'), alpha.events.until('connected', 'beta')]));
  return { lab, alpha, beta };
}

describe('in-memory network', () => {
  it('delivers after the delay, in order even if a later packet is faster', async () => {
    const { lab, alpha, beta } = await connected();
    let delayMs = 40;
    lab.network.setConditions({ delayMs: () => delayMs });
    const sentMs = lab.clock.now();
    alpha.transport.send('beta', Buffer.from('slow'));
    delayMs = 10;
    alpha.transport.send('beta', Buffer.from('fast'));
    lab.clock.advance(39);
    expect(beta.events.events.filter((event) => event.kind === 'frame')).toEqual([]);
    lab.clock.advance(1);
    expect(await beta.events.frames('alpha', 2)).toEqual(['slow', 'fast']);
    expect(beta.events.events.at(-1)?.atMs).toBe(sentMs + 40);
  });

  it('connects over any delay, jittered per packet', async () => {
    const lab = new MemoryLab();
    let call = 0;
    lab.network.setConditions({ delayMs: () => (call++ * 37) % 90 });
    const beta = await lab.start('beta');
    const alpha = await lab.start('alpha');
    await lab.settle(Promise.all([beta.events.until('connected', 'alpha'), alpha.events.until('connected', 'beta')]));
    for (let index = 0; index < 50; index++) alpha.transport.send('beta', Buffer.from(`${index}`));
    expect(await lab.settle(beta.events.frames('alpha', 50))).toEqual(
      Array.from({ length: 50 }, (_, index) => `${index}`),
    );
  });

  it('falls silent in a partition, is noticed at both ends within silenceMs and comes back when healed', async () => {
    const { lab, alpha, beta } = await connected();
    lab.clock.advance(5000);
    lab.network.partition('alpha', 'beta');
    const cutMs = lab.clock.now();
    alpha.transport.send('beta', Buffer.from('lost'));
    const [atAlpha, atBeta] = await lab.settle(
      Promise.all([alpha.events.until('disconnected', 'beta'), beta.events.until('disconnected', 'alpha')]),
    );
    expect(atAlpha.reason).toMatch(/^silent: nothing heard for 15\d\d ms/);
    for (const { atMs } of [atAlpha, atBeta]) expect(atMs - cutMs).toBeLessThanOrEqual(1700);
    lab.clock.advance(30_000);
    expect(alpha.transport.status()[0]).toMatchObject({
      connected: false,
      lastError: 'silent: no hello within 3000 ms',
    });
    lab.network.heal('beta', 'alpha');
    const from = beta.events.events.length;
    await lab.settle(beta.events.until('connected', 'alpha', from));
    lab.clock.advance(5000);
    expect(beta.events.events.filter((event) => event.kind === 'frame')).toEqual([]);
  });

  it('rides out a partition that is shorter than the silence, without losing a frame', async () => {
    const { lab, alpha, beta } = await connected();
    lab.network.partition('alpha', 'beta');
    alpha.transport.send('beta', Buffer.from('late'));
    lab.clock.advance(400);
    lab.network.heal('alpha', 'beta');
    expect(await lab.settle(beta.events.frames('alpha', 1))).toEqual(['late']);
    lab.clock.advance(10_000);
    expect(alpha.events.events.map((event) => event.kind)).toEqual(['connected']);
  });

  it('breaks the connection where a packet is lost, so that no frame is ever skipped', async () => {
    const { lab, alpha, beta } = await connected();
    lab.network.setConditions({ loses: (from, _, bytes) => from === 'alpha' && bytes > 100 });
    alpha.transport.send('beta', Buffer.from('one'));
    alpha.transport.send('beta', Buffer.alloc(200));
    alpha.transport.send('beta', Buffer.from('three'));
    expect((await lab.settle(alpha.events.until('disconnected', 'beta'))).reason).toMatch(/^reset/);
    await lab.settle(beta.events.until('disconnected', 'alpha'));
    expect(await beta.events.frames('alpha', 1)).toEqual(['one']);
    await lab.settle(beta.events.until('connected', 'alpha', 3));
    lab.clock.advance(1000);
    expect(await beta.events.frames('alpha', 1)).toEqual(['one']);
  });

  it('resets at once when asked, and dials again at once', async () => {
    const { lab, alpha, beta } = await connected();
    lab.clock.advance(2000);
    const cutMs = lab.clock.now();
    lab.network.reset('alpha', 'beta');
    expect((await alpha.events.until('disconnected', 'beta')).atMs).toBe(cutMs);
    expect((await beta.events.until('disconnected', 'alpha')).atMs).toBe(cutMs);
    expect((await lab.settle(alpha.events.until('connected', 'beta', 1))).atMs).toBe(cutMs);
  });

  it('kills a process: the others notice, it does nothing any more, and its successor is let in', async () => {
    const { lab, alpha, beta } = await connected();
    alpha.transport.kill();
    const count = alpha.events.events.length;
    expect((await beta.events.until('disconnected', 'alpha')).reason).toBe('reset: the connection was lost');
    expect(alpha.transport.send('beta', Buffer.of(1))).toBe(false);
    lab.clock.advance(60_000);
    expect(alpha.events.events).toHaveLength(count);
    await lab.start('alpha');
    await lab.settle(beta.events.until('connected', 'alpha', 2));
  });

  it('lets a restarted process replace its own corpse after the probe', async () => {
    const { lab, beta } = await connected();
    lab.clock.advance(3000);
    // The old process is cut off without a reset; its successor is not: the cut ends before the silence is noticed.
    lab.network.setConditions({ delayMs: (_, to) => (to === 'alpha' ? 300 : 0) });
    const startMs = lab.clock.now();
    await lab.start('alpha', { bootId: 'ab'.repeat(16) });
    const lost = await lab.settle(beta.events.until('disconnected', 'alpha'));
    expect(lost.reason).toBe('replaced: silent for 250 ms while another process of this name connected');
    expect(lost.atMs - startMs).toBe(250);
    expect((await lab.settle(beta.events.until('connected', 'alpha', 2))).connection.bootId).toBe('ab'.repeat(16));
  });

  it('does not take its own pause for the silence of others', async () => {
    const { lab, alpha, beta } = await connected();
    lab.clock.hang(10_000);
    lab.clock.advance(10_000);
    expect(alpha.events.events.map((event) => event.kind)).toEqual(['connected']);
    expect(beta.events.events.map((event) => event.kind)).toEqual(['connected']);
  });

  it('waits longer from failure to failure, up to a second', async () => {
    const clock = new ManualClock();
    const dials: number[] = [];
    const network = memoryNetwork({
      clock,
      random: countingRandom(),
      logger: { ...silentLogger, debug: note, warn: note },
    });
    function note(): void {
      dials.push(clock.now());
    }
    const members = ['alpha', 'beta'].map((name) => ({ name, address: 'memory:1' }));
    const alpha = network.transport({ cluster: 'lab', name: 'alpha', bootId: '00'.repeat(16), members });
    await alpha.start({ connected: () => {}, frame: () => {}, disconnected: () => {} });
    clock.advance(20_000);
    const waits = dials.slice(1).map((atMs, index) => atMs - (dials[index] ?? 0));
    const caps = [50, 100, 200, 400, 800];
    for (const [index, wait] of waits.entries()) {
      const cap = caps[index] ?? 1000;
      expect(wait, `wait ${index}`).toBeLessThanOrEqual(cap);
      expect(wait, `wait ${index}`).toBeGreaterThan(cap / 2);
    }
    expect(dials.length).toBeGreaterThan(20);
    await alpha.stop();
    const count = dials.length;
    clock.advance(10_000);
    expect(dials).toHaveLength(count);
  });

  it('leaves no timer behind when all have stopped', async () => {
    const { lab } = await connected();
    await lab.start('gamma');
    lab.clock.advance(2000);
    await lab.stop();
    lab.clock.advance(1000);
    expect(lab.clock.timers).toBe(0);
  });

  it('is the same in every run', async () => {
    const run = async (): Promise<string> => {
      const { lab, alpha, beta } = await connected();
      lab.network.setConditions({ delayMs: (from, _, bytes) => (from === 'alpha' ? 3 : bytes % 7) });
      for (let index = 0; index < 20; index++) {
        alpha.transport.send('beta', Buffer.from(`${index}`));
        beta.transport.send('alpha', Buffer.from(`${index}`));
        lab.clock.advance(index * 5);
        if (index % 6 === 5) lab.network.reset('alpha', 'beta');
      }
      lab.clock.advance(5000);
      return JSON.stringify([alpha.events.events, beta.events.events]);
    };
    expect(await run()).toBe(await run());
  });
});
