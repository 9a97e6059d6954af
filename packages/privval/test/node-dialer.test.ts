import { describe, expect, it } from 'vitest';
import {
  createNodeDialer,
  type DialerState,
  NodeDialer,
  type NodeDialerOptions,
  PrivvalError,
  parseNodeAddress,
  REQUEST_BYTES_MIN,
  resolveTuning,
} from '../src/index.js';
import { signVoteRequest } from '../src/test-node/node-messages.js';
import { delimit } from '../src/test-node/wire.js';
import { CHAIN_ID, FakeChannel, KeyBackend, ManualClock, recordingLogger } from './fakes.js';
import { hex, toHex } from './vectors.js';

const PING = hex('023a00');
const REFUSED = new PrivvalError({ code: 'CONNECT_FAILED', reason: 'ECONNREFUSED' });
const CLOSED = new PrivvalError({ code: 'CONNECTION_CLOSED', reason: 'end of stream' });
const NO_FAILURES = { refused: 0, timeout: 0, handshake: 0, closed: 0, protocol: 0, internal: 0 };
const VOTE = delimit(
  signVoteRequest(
    { type: 'prevote', height: 5n, round: 0, blockId: undefined, timestamp: { seconds: 9n, nanos: 0 } },
    { chainId: CHAIN_ID, validatorAddress: new Uint8Array(20), skipExtensionSigning: false },
  ),
);
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A dialer, started; the test plays nodes through the channels it opens. */
function setUp() {
  const clock = new ManualClock();
  const logger = recordingLogger();
  const backend = new KeyBackend();
  const channels: FakeChannel[] = [];
  const states: DialerState[] = [];
  const dialer = new NodeDialer(
    { address: 'tcp://node:26659', chainId: CHAIN_ID, tuning: resolveTuning({}) },
    {
      clock,
      logger,
      backend,
      openChannel: (events) => {
        const channel = new FakeChannel(events);
        channels.push(channel);
        return channel;
      },
      onStateChange: (status) => states.push(status.state),
    },
  );
  dialer.start();
  const last = () => {
    const channel = channels.at(-1);
    if (channel === undefined) throw new Error('nothing was dialled');
    return channel;
  };
  const refuse = () => last().events.onClosed(REFUSED);
  const connect = () => last().events.onConnected();
  const secure = () => {
    connect();
    last().events.onFirstByte();
    last().events.onSecured();
  };
  const lose = () => last().events.onClosed(CLOSED);
  const said = () => logger.lines.map(({ message }) => message);
  return { clock, logger, backend, channels, states, dialer, last, refuse, connect, secure, lose, said };
}

describe('a dialer', () => {
  it('goes from dialing over standby to serving, and answers', async () => {
    const { states, last, secure, dialer, clock } = setUp();
    secure();
    last().events.onBytes(PING);
    await settled();
    expect(states).toEqual(['dialing', 'standby', 'serving']);
    expect(last().sent.map(toHex)).toEqual(['024200']);
    clock.advance(1_500);
    expect(dialer.status()).toEqual({
      address: 'tcp://node:26659',
      state: 'serving',
      connected: true,
      inUseForMs: 1_500,
      lastRequestAgeMs: 1_500,
      requests: 1,
      connections: 1,
      failures: NO_FAILURES,
      lastFailure: undefined,
    });
  });

  it('tells for how long the node has used its present connection', async () => {
    const { clock, dialer, last, secure } = setUp();
    secure();
    clock.advance(1_000);
    expect(dialer.status().inUseForMs).toBeUndefined();
    last().events.onBytes(PING);
    await settled();
    clock.advance(2_000);
    last().events.onBytes(PING);
    await settled();
    expect(dialer.status()).toMatchObject({ inUseForMs: 2_000, lastRequestAgeMs: 0 });
    dialer.giveUp('to others');
    expect(dialer.status()).toMatchObject({ inUseForMs: undefined, lastRequestAgeMs: 0 });
  });

  it('counts its failures by cause, and tells the last one and its age', async () => {
    const { clock, channels, dialer, refuse, connect, secure, last, lose } = setUp();
    const redial = () => {
      const count = channels.length;
      while (channels.length === count) clock.advance(10);
    };
    refuse();
    redial();
    refuse();
    redial();
    clock.advance(3_000); // Nobody answers.
    redial();
    connect();
    last().events.onFirstByte();
    clock.advance(10_000); // The handshake is not finished.
    redial();
    secure();
    last().events.onBytes(hex('02ffff'));
    await settled();
    redial();
    secure();
    lose();
    clock.advance(150);
    const { failures, lastFailure } = dialer.status();
    expect(failures).toEqual({ refused: 2, timeout: 1, handshake: 1, closed: 1, protocol: 1, internal: 0 });
    expect(lastFailure).toEqual({ cause: 'closed', error: CLOSED.message, ageMs: 150 });
  });

  it('dials again after 200 ms, then in doubling steps up to a second, for ever', () => {
    const { clock, channels, refuse } = setUp();
    const pauses: number[] = [];
    for (let i = 0; i < 50; i++) {
      refuse();
      const count = channels.length;
      let pauseMs = 0;
      for (; channels.length === count; pauseMs += 50) clock.advance(50);
      pauses.push(pauseMs);
    }
    expect(pauses.slice(0, 5)).toEqual([200, 400, 800, 1_000, 1_000]);
    expect(Math.max(...pauses)).toBe(1_000);
  });

  it('dials again within 100 ms after a connection that served', async () => {
    const { clock, channels, last, secure, refuse, lose } = setUp();
    for (let i = 0; i < 5; i++) {
      refuse();
      clock.advance(1_000);
    }
    secure();
    last().events.onBytes(PING);
    await settled();
    lose();
    const count = channels.length;
    clock.advance(99);
    expect(channels.length).toBe(count);
    clock.advance(1);
    expect(channels.length).toBe(count + 1);
  });

  it('is no busy loop against a node that accepts and closes', () => {
    const { clock, channels, connect, last, lose } = setUp();
    for (let ms = 0; ms < 60_000; ms += 10) {
      if (!last().destroyed && last() === channels.at(-1) && channels.length > 0) {
        connect();
        lose();
      }
      clock.advance(10);
    }
    expect(channels.length).toBeLessThan(70);
  });

  it('waits as standby for hours, and holds exactly one connection', () => {
    const { clock, channels, connect, dialer } = setUp();
    connect();
    clock.advance(12 * 3_600_000);
    expect(channels).toHaveLength(1);
    expect(dialer.status().state).toBe('standby');
    expect(clock.pendingTimers).toBe(0);
  });

  it('gives a handshake 10 s, counted from the first byte', () => {
    const { clock, connect, last, channels, dialer } = setUp();
    connect();
    clock.advance(3_600_000);
    last().events.onFirstByte();
    clock.advance(9_999);
    expect(last().destroyed).toBe(false);
    clock.advance(1);
    expect(channels[0]?.destroyed).toBe(true);
    expect(dialer.status().lastFailure?.error).toContain('HANDSHAKE_TIMEOUT');
  });

  it('gives a connect 3 s', () => {
    const { clock, channels, dialer } = setUp();
    clock.advance(3_000);
    expect(channels[0]?.destroyed).toBe(true);
    expect(dialer.status()).toMatchObject({ state: 'backoff', connected: false });
    clock.advance(200);
    expect(channels).toHaveLength(2);
  });

  it('ends a connection that was used and fell silent', async () => {
    const { clock, last, secure, channels, dialer } = setUp();
    secure();
    last().events.onBytes(PING);
    await settled();
    clock.advance(15_000);
    expect(channels[0]?.destroyed).toBe(true);
    expect(dialer.status().lastFailure?.error).toContain('NODE_SILENT');
  });

  it('withdraws the running request when the connection is lost', async () => {
    const { backend, last, secure, dialer, lose } = setUp();
    backend.override = () => new Promise(() => undefined);
    secure();
    last().events.onBytes(VOTE);
    expect(dialer.pending()).toBe(1);
    await settled();
    lose();
    expect(backend.signals.map((signal) => signal.aborted)).toEqual([true]);
    expect(dialer.pending()).toBe(0);
  });

  it.each(['031affff', 'ffffff7f'])('ends the connection on a request it cannot read (%s)', async (bytes) => {
    const { last, secure, channels, dialer } = setUp();
    secure();
    last().events.onBytes(hex(bytes));
    await settled();
    expect(channels[0]?.destroyed).toBe(true);
    expect(channels[0]?.sent).toEqual([]);
    expect(dialer.status().state).toBe('backoff');
  });

  it('stops with no timer, no connection and no request left, and can start again', async () => {
    const { clock, backend, last, secure, dialer, channels } = setUp();
    backend.override = () => new Promise(() => undefined);
    secure();
    last().events.onBytes(VOTE);
    await settled();
    dialer.stop();
    expect(clock.pendingTimers).toBe(0);
    expect(channels[0]?.destroyed).toBe(true);
    expect(backend.signals[0]?.aborted).toBe(true);
    clock.advance(60_000);
    expect(channels).toHaveLength(1);
    dialer.start();
    dialer.start();
    expect(channels).toHaveLength(2);
  });
});

describe('giving up', () => {
  it('destroys the connection and dials again 300 ms later, behind the standbys of others', () => {
    const { clock, secure, dialer, channels } = setUp();
    secure();
    dialer.giveUp('no leader');
    expect(channels[0]?.destroyed).toBe(true);
    expect(dialer.status().state).toBe('backoff');
    clock.advance(299);
    expect(channels).toHaveLength(1);
    clock.advance(1);
    expect(channels).toHaveLength(2);
  });

  it('follows a request that the backend gave up, which gets no answer', async () => {
    const { backend, last, secure, dialer, channels, logger } = setUp();
    backend.override = () => Promise.resolve({ kind: 'gave-up', reason: 'no quorum' });
    secure();
    last().events.onBytes(VOTE);
    await settled();
    expect(channels[0]).toMatchObject({ destroyed: true, sent: [] });
    expect(dialer.status().state).toBe('backoff');
    expect(logger.lines.at(-1)?.fields).toMatchObject({ reason: 'no quorum' });
  });

  it('for a good reason is no warning, and does not hide one', () => {
    const { clock, secure, dialer, logger } = setUp();
    secure();
    dialer.giveUp('to others', 'info');
    clock.advance(300);
    secure();
    dialer.giveUp('no leader');
    const given = logger.lines.filter(({ message }) => message === 'gave the node up to other signers');
    expect(given.map(({ level, fields }) => [level, fields.reason])).toEqual([
      ['info', 'to others'],
      ['warn', 'no leader'],
    ]);
  });

  it('withdraws the running request', async () => {
    const { backend, last, secure, dialer } = setUp();
    backend.override = () => new Promise(() => undefined);
    secure();
    last().events.onBytes(VOTE);
    await settled();
    dialer.giveUp('no leader');
    expect(backend.signals[0]?.aborted).toBe(true);
  });

  it('does nothing without a connection', () => {
    const { dialer, channels, refuse } = setUp();
    dialer.giveUp('dialing');
    expect(channels[0]?.destroyed).toBe(false);
    refuse();
    dialer.giveUp('backoff');
    dialer.stop();
    dialer.giveUp('stopped');
    expect(dialer.status().state).toBe('stopped');
  });
});

describe('the log', () => {
  it('says once that a node cannot be reached, however often it is tried', () => {
    const { clock, logger, refuse, last } = setUp();
    for (let i = 0; i < 500; i++) {
      if (!last().destroyed) refuse();
      clock.advance(1_000);
    }
    expect(logger.lines.map(({ level, message }) => `${level}: ${message}`)).toEqual(['warn: cannot reach the node']);
    expect(logger.lines[0]?.fields).toMatchObject({
      node: 'tcp://node:26659',
      chainId: CHAIN_ID,
      code: 'CONNECT_FAILED',
    });
  });

  it('says again what goes wrong after a connection that was well', async () => {
    const { clock, refuse, last, secure, lose, said } = setUp();
    for (let round = 0; round < 2; round++) {
      refuse();
      clock.advance(1_000);
      secure();
      for (let i = 0; i < 4; i++) {
        last().events.onBytes(PING);
        await settled();
        clock.advance(3_333);
      }
      lose();
      clock.advance(1_000);
    }
    expect(said()).toEqual([
      'cannot reach the node',
      'connected, waiting for the node to begin',
      'serving the node',
      'lost the connection to the node',
      'cannot reach the node',
      'connected, waiting for the node to begin',
      'serving the node',
      'lost the connection to the node',
    ]);
  });

  it('says that it serves again, once a second connection has been well, though the first did not last', async () => {
    const { clock, last, secure, lose, said } = setUp();
    for (const pings of [1, 5]) {
      secure();
      for (let i = 0; i < pings; i++) {
        last().events.onBytes(PING);
        await settled();
        clock.advance(3_333);
      }
      if (pings === 1) lose();
      clock.advance(1_000);
    }
    expect(said()).toEqual([
      'connected, waiting for the node to begin',
      'serving the node',
      'lost the connection to the node',
      'serving the node',
    ]);
  });

  it('says again what happens to a standby that stood by for a minute', () => {
    const { clock, connect, lose, said } = setUp();
    for (let round = 0; round < 2; round++) {
      connect();
      clock.advance(60_000);
      lose();
      clock.advance(1_000);
    }
    expect(said()).toEqual([
      'connected, waiting for the node to begin',
      'lost the connection to the node',
      'connected, waiting for the node to begin',
      'lost the connection to the node',
    ]);
  });

  it('says when a node cannot be reached for another reason than before', () => {
    const { clock, logger, last } = setUp();
    for (const code of ['ENOENT', 'ENOENT', 'EACCES', 'ENOENT']) {
      const cause = Object.assign(new Error(code), { code });
      last().events.onClosed(new PrivvalError({ code: 'CONNECT_FAILED', reason: code }, { cause }));
      clock.advance(1_000);
    }
    expect(logger.lines.map(({ fields }) => String(fields.error))).toEqual([
      expect.stringContaining('ENOENT'),
      expect.stringContaining('EACCES'),
    ]);
  });

  it('says a bug of ours as an error', async () => {
    const { backend, logger, last, secure } = setUp();
    backend.override = () => Promise.reject(new Error('broken'));
    secure();
    last().events.onBytes(VOTE);
    await settled();
    expect(logger.lines.at(-1)).toMatchObject({ level: 'error', fields: { code: 'BACKEND_OUTCOME_INVALID' } });
  });
});

describe('node addresses', () => {
  it.each([
    ['tcp://127.0.0.1:26659', { kind: 'tcp', host: '127.0.0.1', port: 26659 }],
    ['sentry-0.nodes:1', { kind: 'tcp', host: 'sentry-0.nodes', port: 1 }],
    ['tcp://[::1]:65535', { kind: 'tcp', host: '::1', port: 65535 }],
    ['tcp://[fe80::1%eth0]:5', { kind: 'tcp', host: 'fe80::1%eth0', port: 5 }],
    ['unix:///run/privval.sock', { kind: 'unix', path: '/run/privval.sock' }],
  ])('%s is taken', (address, parsed) => {
    expect(parseNodeAddress(address)).toEqual(parsed);
  });

  it.each([
    '',
    'tcp://',
    'tcp://host',
    'tcp://host:',
    'tcp://host:0',
    'tcp://host:65536',
    'tcp://::1:5',
    'tcp://ho st:5',
    'tcp://user@host:5',
    'tcp://host:5/path',
    'unix://relative.sock',
    `unix:///${'x'.repeat(107)}`,
    'unix:///a\0b',
    'noise://12D3Koo@1.2.3.4:5',
    'grpc://host:5',
    'http://host:5',
  ])('%j is refused', (address) => {
    expect(() => parseNodeAddress(address)).toThrow('ADDRESS_INVALID');
  });
});

describe('options', () => {
  const base: NodeDialerOptions = {
    address: 'tcp://127.0.0.1:1',
    chainId: CHAIN_ID,
    identityKeySeed: new Uint8Array(32),
    backend: new KeyBackend(),
  };
  const deps = { clock: new ManualClock(), logger: recordingLogger(), randomBytes: (n: number) => new Uint8Array(n) };

  it.each([
    ['requestBytesMax below the largest vote', { requestBytesMax: REQUEST_BYTES_MIN - 1 }],
    ['requestBytesMax over 64 MiB', { requestBytesMax: 64 * 1024 * 1024 + 1 }],
    ['redialMs 0', { redialMs: 0 }],
    ['redialMs over a second', { redialMs: 1_001 }],
    ['giveUpRedialMs NaN', { giveUpRedialMs: Number.NaN }],
    ['connectTimeoutMs a fraction', { connectTimeoutMs: 100.5 }],
    ['handshakeTimeoutMs 99', { handshakeTimeoutMs: 99 }],
    ['silentMs below a ping', { silentMs: 3_333 }],
    ['an empty chain id', { chainId: '' }],
    ['a seed of 31 bytes', { identityKeySeed: new Uint8Array(31) }],
  ])('%s is refused', (_name, changes) => {
    expect(() => createNodeDialer({ ...base, ...changes }, deps)).toThrow('OPTION_INVALID');
  });

  it('at their limits are taken', () => {
    expect(resolveTuning({ redialMs: 1_000, silentMs: 5_000 })).toMatchObject({ redialMs: 1_000, silentMs: 5_000 });
    expect(createNodeDialer(base, deps).status()).toMatchObject({ state: 'stopped', connected: false });
  });
});
