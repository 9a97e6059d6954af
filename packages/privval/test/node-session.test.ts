import { describe, expect, it } from 'vitest';
import {
  encodeDelimited,
  type HandledMessage,
  type MessageHandler,
  NodeSession,
  type PrivvalError,
  REQUEST_BYTES_MIN,
} from '../src/index.js';
import { FakeChannel, ManualClock } from './fakes.js';
import { hex, toHex } from './vectors.js';

const NO_EVENTS = {
  onConnected: () => undefined,
  onFirstByte: () => undefined,
  onSecured: () => undefined,
  onBytes: () => undefined,
  onClosed: () => undefined,
};
const PING = hex('023a00');

/** A session whose handler waits for the test to answer. */
function setUp(options: { silentMs?: number } = {}) {
  const clock = new ManualClock();
  const channel = new FakeChannel(NO_EVENTS);
  const asked: { bytes: string; signal: AbortSignal; answer: (handled: HandledMessage) => void }[] = [];
  const happened: string[] = [];
  const handler: MessageHandler = (bytes, signal) =>
    new Promise((resolve, reject) => {
      if (toHex(bytes) === 'ff') reject(new Error('a bug'));
      asked.push({ bytes: toHex(bytes), signal, answer: resolve });
    });
  const session = new NodeSession(
    { requestBytesMax: REQUEST_BYTES_MIN, silentMs: options.silentMs },
    {
      channel,
      handler,
      clock,
      events: {
        onRequest: () => happened.push('request'),
        onGaveUp: (reason) => happened.push(`gave up: ${reason}`),
        onFailed: (error: PrivvalError) => happened.push(error.code),
      },
    },
  );
  const answer = async (index: number, handled: HandledMessage) => {
    asked[index]?.answer(handled);
    await settled();
  };
  return { clock, channel, asked, happened, session, answer };
}

/** All promise reactions that are due have run. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
const reply = (bytes: string): HandledMessage => ({ kind: 'reply', bytes: hex(bytes) });

describe('a session', () => {
  it('handles one request at a time and answers in order', async () => {
    const { session, asked, channel, answer } = setUp();
    session.receive(Buffer.concat([encodeDelimited(hex('01')), encodeDelimited(hex('02'))]));
    session.receive(encodeDelimited(hex('03')));
    expect(asked.map(({ bytes }) => bytes)).toEqual(['01']);
    expect(session.busy).toBe(true);
    await answer(0, reply('a1'));
    await answer(1, reply('a2'));
    await answer(2, reply('a3'));
    expect(asked.map(({ bytes }) => bytes)).toEqual(['01', '02', '03']);
    expect(channel.sent.map(toHex)).toEqual(['01a1', '01a2', '01a3']);
    expect(session.busy).toBe(false);
  });

  it('answers an empty message with its length, zero', async () => {
    const { session, channel, answer } = setUp();
    session.receive(hex('00'));
    await answer(0, reply(''));
    expect(channel.sent.map(toHex)).toEqual(['00']);
  });

  it('withdraws the running request when it ends, and sends and reports nothing more', async () => {
    const { session, asked, channel, happened, answer } = setUp({ silentMs: 5_000 });
    session.receive(PING);
    session.end();
    expect(asked[0]?.signal.aborted).toBe(true);
    await answer(0, reply('4200'));
    session.receive(PING);
    expect(channel.sent).toEqual([]);
    expect(happened).toEqual(['request']);
  });

  it('reports a given-up request once, without an answer', async () => {
    const { session, channel, happened, answer } = setUp();
    session.receive(Buffer.concat([PING, PING]));
    await answer(0, { kind: 'gave-up', reason: 'no quorum' });
    expect(happened).toEqual(['request', 'gave up: no quorum']);
    expect(channel.sent).toEqual([]);
  });

  it.each([
    ['a length over the limit', 'ffffff7f', 'MESSAGE_TOO_LARGE'],
    ['a broken length', '8000', 'MESSAGE_MALFORMED'],
  ])('ends on %s', async (_name, bytes, code) => {
    const { session, happened } = setUp();
    session.receive(hex(bytes));
    session.receive(PING);
    expect(happened).toEqual([code]);
  });

  it('ends when handling fails in a way nobody foresaw', async () => {
    const { session, happened } = setUp();
    session.receive(hex('01ff'));
    await settled();
    expect(happened).toEqual(['request', 'BACKEND_OUTCOME_INVALID']);
  });

  it('ends when far more comes than was asked for, and holds up to that', () => {
    const { session, happened } = setUp();
    session.receive(PING);
    session.receive(new Uint8Array(REQUEST_BYTES_MIN + 256 * 1024));
    expect(happened).toEqual(['request']);
    session.receive(new Uint8Array(1));
    expect(happened).toEqual(['request', 'REQUEST_PIPELINED']);
  });
});

describe('silence', () => {
  it('before the first request is no offence, for hours', () => {
    const { clock, happened } = setUp({ silentMs: 15_000 });
    clock.advance(10 * 3_600_000);
    expect(happened).toEqual([]);
  });

  it('after an answer ends the session', async () => {
    const { session, clock, happened, answer } = setUp({ silentMs: 15_000 });
    session.receive(PING);
    await answer(0, reply('4200'));
    clock.advance(14_999);
    expect(happened).toEqual(['request']);
    clock.advance(1);
    expect(happened).toEqual(['request', 'NODE_SILENT']);
  });

  it('counts from the last answer, and not while a request is under way', async () => {
    const { session, clock, happened, answer } = setUp({ silentMs: 15_000 });
    for (let i = 0; i < 3; i++) {
      session.receive(PING);
      clock.advance(60_000);
      await answer(i, reply('4200'));
      clock.advance(14_000);
    }
    expect(happened).toEqual(['request', 'request', 'request']);
  });

  it('within the very first request ends the session', () => {
    const { session, clock, happened } = setUp({ silentMs: 15_000 });
    session.receive(PING.subarray(0, 2));
    clock.advance(15_000);
    expect(happened).toEqual(['NODE_SILENT']);
  });

  it('leaves no timer behind when the session ends', async () => {
    const { session, clock, answer } = setUp({ silentMs: 15_000 });
    session.receive(PING);
    await answer(0, reply('4200'));
    expect(clock.pendingTimers).toBe(1);
    session.end();
    expect(clock.pendingTimers).toBe(0);
  });
});
