/** What every transport does: one suite, run against the real one on loopback sockets and against its in-memory twin. */

import { afterEach, describe, expect, it } from 'vitest';
import {
  FRAME_BYTES_MAX,
  PeerError,
  type PeerTransport,
  SEND_QUEUE_BYTES_MAX,
  type VersionRange,
} from '../src/index.js';
import { GrpcLab } from './grpc-lab.js';
import { MemoryLab } from './memory-lab.js';
import type { Recorder } from './recorder.js';

interface Node {
  readonly transport: PeerTransport;
  readonly events: Recorder;
  lastError(peer: string): string | undefined;
}

interface Lab {
  start(name: string, change?: { bootId?: string; versions?: VersionRange; listen?: string }): Promise<Node>;
  /** Waits; the in-memory lab lets time pass meanwhile. */
  settle<T>(promise: Promise<T>): Promise<T>;
  /** Lets other work go on. */
  turn(): Promise<void>;
  stop(): Promise<void>;
}

const flavours: [string, () => Lab][] = [
  [
    'gRPC',
    () => {
      const lab = new GrpcLab();
      return {
        start: (name, change) => lab.start(name, change),
        settle: (promise) => promise,
        turn: () => new Promise((resolve) => setImmediate(resolve)),
        stop: () => lab.stop(),
      };
    },
  ],
  ['in-memory', () => new MemoryLab()],
];

const BOOT_1 = '11'.repeat(16);
const BOOT_2 = '22'.repeat(16);

describe.each(flavours)('%s transport', (_, makeLab) => {
  let lab = makeLab();
  afterEach(async () => {
    await lab.stop();
    lab = makeLab();
  });

  async function connect(first = 'alpha', second = 'beta'): Promise<[Node, Node]> {
    const later = await lab.start(second);
    const earlier = await lab.start(first);
    await lab.settle(Promise.all([later.events.until('connected', first), earlier.events.until('connected', second)]));
    return [earlier, later];
  }

  /** Resolves when the peer's last error, as the transport tells it, matches. */
  async function error(node: Node, peer: string, pattern: RegExp): Promise<string> {
    const poll = async (): Promise<string> => {
      for (;;) {
        const found = node.lastError(peer);
        if (found !== undefined && pattern.test(found)) return found;
        await lab.turn();
      }
    };
    return lab.settle(poll());
  }

  it('connects each pair once, with the same id at both ends and the boot id of the other', async () => {
    const gamma = await lab.start('gamma', { bootId: '33'.repeat(16) });
    const beta = await lab.start('beta', { bootId: BOOT_2 });
    const alpha = await lab.start('alpha', { bootId: BOOT_1 });
    const pairs = [
      [alpha, 'alpha', beta, 'beta'],
      [alpha, 'alpha', gamma, 'gamma'],
      [beta, 'beta', gamma, 'gamma'],
    ] as const;
    const ids = await lab.settle(
      Promise.all(
        pairs.map(async ([one, oneName, other, otherName]) => {
          const near = (await one.events.until('connected', otherName)).connection;
          const far = (await other.events.until('connected', oneName)).connection;
          expect(near.connectionId).toBe(far.connectionId);
          expect(near.connectionId).toMatch(/^[0-9a-f]{32}$/);
          expect(near).toMatchObject({ peer: otherName, protocolVersion: 1 });
          return near.connectionId;
        }),
      ),
    );
    expect(new Set(ids).size).toBe(3);
    expect((await alpha.events.until('connected', 'beta')).connection.bootId).toBe(BOOT_2);
    expect((await beta.events.until('connected', 'alpha')).connection.bootId).toBe(BOOT_1);
    expect(alpha.transport.status()).toMatchObject([
      { name: 'beta', connected: true, lastError: undefined },
      { name: 'gamma', connected: true, lastError: undefined },
    ]);
  });

  it('delivers frames in order and once, both ways at the same time', async () => {
    const [alpha, beta] = await connect();
    const sent = Array.from({ length: 500 }, (_, index) => `${index}`);
    for (const text of sent) {
      expect(alpha.transport.send('beta', Buffer.from(text))).toBe(true);
      expect(beta.transport.send('alpha', Buffer.from(text))).toBe(true);
    }
    expect(await lab.settle(beta.events.frames('alpha', 500))).toEqual(sent);
    expect(await lab.settle(alpha.events.frames('beta', 500))).toEqual(sent);
  });

  it('lets the sender use its buffer again at once', async () => {
    const [alpha, beta] = await connect();
    const buffer = Buffer.from('first');
    alpha.transport.send('beta', buffer);
    buffer.write('other');
    expect(await lab.settle(beta.events.frames('alpha', 1))).toEqual(['first']);
  });

  it('carries an empty frame and the largest, and throws on one byte more', async () => {
    const [alpha, beta] = await connect();
    const largest = new Uint8Array(FRAME_BYTES_MAX).fill(7);
    expect(alpha.transport.send('beta', new Uint8Array(0))).toBe(true);
    expect(alpha.transport.send('beta', largest)).toBe(true);
    await lab.settle(beta.events.frames('alpha', 2));
    const frames = beta.events.events.flatMap((event) => (event.kind === 'frame' ? [event.frame] : []));
    expect(frames[0]).toHaveLength(0);
    expect(Buffer.compare(frames[1] ?? Buffer.of(), largest)).toBe(0);
    expect(() => alpha.transport.send('beta', new Uint8Array(FRAME_BYTES_MAX + 1))).toThrow(PeerError);
    expect(() => alpha.transport.send('beta', new Uint8Array(FRAME_BYTES_MAX + 1))).toThrow(/^FRAME_TOO_LARGE/);
  });

  it('sends nothing, and says so, to a peer that is away, unknown, or oneself', async () => {
    const [alpha] = await connect();
    for (const name of ['gamma', 'nobody', 'alpha', ''])
      expect(alpha.transport.send(name, Buffer.of(1)), name).toBe(false);
  });

  it('drops what does not fit into the queue', async () => {
    const [alpha, beta] = await connect();
    const frame = new Uint8Array(FRAME_BYTES_MAX);
    let accepted = 0;
    while (alpha.transport.send('beta', frame)) accepted++;
    expect(accepted).toBe(SEND_QUEUE_BYTES_MAX / FRAME_BYTES_MAX - 1);
    await lab.settle(beta.events.frames('alpha', accepted));
    expect(alpha.transport.send('beta', frame)).toBe(true);
  });

  it('measures the round trip', async () => {
    const [alpha, beta] = await connect();
    alpha.transport.send('beta', Buffer.of(1));
    await lab.settle(beta.events.frames('alpha', 1));
    beta.transport.send('alpha', Buffer.of(1));
    // The pong was sent before the frame.
    await lab.settle(alpha.events.frames('beta', 1));
    expect(alpha.transport.status()[0]?.rttMs).toBeGreaterThanOrEqual(0);
  });

  it('says goodbye when stopped, then is silent', async () => {
    const [alpha, beta] = await connect();
    const stopped = lab.settle(alpha.transport.stop());
    expect((await lab.settle(beta.events.until('disconnected', 'alpha'))).reason).toBe(
      'closed: alpha says: shutting down',
    );
    await stopped;
    expect(alpha.transport.send('beta', Buffer.of(1))).toBe(false);
    expect(beta.transport.send('alpha', Buffer.of(1))).toBe(false);
    expect((await alpha.events.until('disconnected', 'beta')).reason).toBe('closed: shutting down');
    await lab.settle(alpha.transport.stop());
  });

  it.each(['alpha', 'beta'])('connects again when %s comes back, under a new id', async (name) => {
    const [alpha, beta] = await connect();
    const [gone, other] = name === 'alpha' ? [alpha, beta] : [beta, alpha];
    await lab.settle(gone.transport.stop());
    const lost = (await lab.settle(other.events.until('disconnected', name))).connection;
    const from = other.events.events.length;
    await lab.start(name);
    const found = (await lab.settle(other.events.until('connected', name, from))).connection;
    expect(found.connectionId).not.toBe(lost.connectionId);
    expect(found.bootId).not.toBe(lost.bootId);
  });

  it('refuses a second process of one name while the first answers', async () => {
    const beta = await lab.start('beta');
    await lab.start('alpha', { bootId: BOOT_1 });
    await lab.settle(beta.events.until('connected', 'alpha'));
    const second = await lab.start('alpha', { bootId: BOOT_2, listen: '127.0.0.1:0' });
    const words = await error(second, 'beta', /duplicate/);
    expect(words).toContain(
      `duplicate: beta says: another process with this name is connected and answers (boot id ${BOOT_1}, this one has ${BOOT_2}); stop one of the two`,
    );
    expect(second.events.events).toEqual([]);
    expect(beta.transport.send('alpha', Buffer.of(1))).toBe(true);
    expect(beta.events.events.map((event) => event.kind)).toEqual(['connected']);
  });

  it('replaces the connection of the same process at once', async () => {
    const beta = await lab.start('beta');
    const alpha = await lab.start('alpha', { bootId: BOOT_1 });
    const first = (await lab.settle(beta.events.until('connected', 'alpha'))).connection;
    await lab.start('alpha', { bootId: BOOT_1, listen: '127.0.0.1:0' });
    const lost = await lab.settle(beta.events.until('disconnected', 'alpha'));
    expect(lost.reason).toBe('replaced: the same process has connected again');
    const second = await lab.settle(beta.events.until('connected', 'alpha', 2));
    expect(second.connection.connectionId).not.toBe(first.connectionId);
    expect((await lab.settle(alpha.events.until('disconnected', 'beta'))).reason).toContain('replaced: beta says');
  });

  it('explains at both ends that there is no common protocol version', async () => {
    const beta = await lab.start('beta', { versions: { min: 3, max: 4 } });
    const alpha = await lab.start('alpha', { versions: { min: 1, max: 2 } });
    const words =
      'no common protocol version: beta speaks versions 3 to 4, alpha speaks versions 1 to 2; upgrade the older of the two';
    expect(await error(alpha, 'beta', /version/)).toBe(`version: beta says: ${words}`);
    expect(await error(beta, 'alpha', /version/)).toBe(`version: ${words}`);
  });

  it('agrees on the highest common version, so that members are upgraded one at a time', async () => {
    const beta = await lab.start('beta', { versions: { min: 1, max: 2 } });
    const alpha = await lab.start('alpha', { versions: { min: 2, max: 3 } });
    expect((await lab.settle(alpha.events.until('connected', 'beta'))).connection.protocolVersion).toBe(2);
    expect((await lab.settle(beta.events.until('connected', 'alpha'))).connection.protocolVersion).toBe(2);
  });

  it('is started once', async () => {
    const [alpha] = await connect();
    await expect(alpha.transport.start(alpha.events)).rejects.toThrow(/^LIFECYCLE/);
  });
});
