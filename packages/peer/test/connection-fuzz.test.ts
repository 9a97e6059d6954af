import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Connection } from '../src/connection.js';
import { makeHello } from '../src/hello.js';
import { encodeFrame, encodeGoodbye, encodeHello, encodePing, encodePong } from '../src/packet.js';
import type { PacketStreamEvents } from '../src/packet-stream.js';
import { countingRandom, ManualClock } from './manual-clock.js';

/** The same cases in every run. */
const SEED = 20_261;
const LOCAL = { cluster: 'lab', name: 'alpha', bootId: 'aa'.repeat(16), versions: { min: 1, max: 1 } };
const PEER = { cluster: 'lab', name: 'beta', bootId: 'bb'.repeat(16), versions: { min: 1, max: 1 } };
const HELLO = encodeHello(makeHello(PEER, new Uint8Array(16).fill(1)));

type Step = { readonly packet: Uint8Array } | { readonly passMs: number } | { readonly closed: true };

const honest = fc.oneof(
  fc.constant(HELLO),
  fc.uint8Array({ maxLength: 30 }).map(encodeFrame),
  fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }).map(encodePing),
  fc.bigInt({ min: 1n, max: 50n }).map(encodePong),
  fc.string({ maxLength: 30 }).map((message) => encodeGoodbye({ reason: 'closed', message })),
);
const altered = fc.tuple(honest, fc.nat(), fc.integer({ min: 1, max: 255 })).map(([packet, at, mask]) => {
  const bytes = Uint8Array.from(packet);
  bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ mask;
  return bytes;
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: honest.map((packet) => ({ packet })) },
  { weight: 3, arbitrary: altered.map((packet) => ({ packet })) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((packet) => ({ packet })) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 2000 }).map((passMs) => ({ passMs })) },
  { weight: 1, arbitrary: fc.constant({ closed: true as const }) },
);
/** A good hello first, or nothing of the kind. */
const steps = fc
  .tuple(fc.boolean(), fc.array(step, { maxLength: 25 }))
  .map(([greet, rest]): Step[] => (greet ? [{ packet: HELLO }, ...rest] : rest));

describe('a connection with a peer that says anything at all', () => {
  it('tells of itself in order, ends once, and leaves neither timer nor stream behind', () => {
    let opened = 0;
    fc.assert(
      fc.property(steps, fc.boolean(), (script, initiator) => {
        const clock = new ManualClock();
        const told: string[] = [];
        let destroyed = false;
        let closed = false;
        const connection = new Connection(
          { local: LOCAL, peer: 'beta', initiator, silenceMs: 1500 },
          { clock, random: countingRandom() },
          {
            admit: (_connection, decide) => decide(undefined),
            connected: () => told.push('connected'),
            frame: () => told.push('frame'),
            closed: () => told.push('closed'),
            gone: () => told.push('gone'),
          },
          (events: PacketStreamEvents) => ({
            bytesRead: () => 0,
            lookForReset: () => {},
            write: (_packet, written) => written(),
            end: () => undefined,
            destroy: () => {
              if (destroyed) return;
              destroyed = true;
              closed = true;
              events.closed('closed: by this end');
            },
          }),
        );
        for (const each of script) {
          if ('passMs' in each) clock.advance(each.passMs);
          else if (closed) break;
          else if ('packet' in each) connection.packet(each.packet);
          else {
            closed = true;
            connection.closed('reset: the connection was lost');
          }
        }
        if (told.includes('connected')) opened++;
        // No sign of life from here on: it ends by itself.
        clock.advance(60_000);
        expect(told.join(' ')).toMatch(/^(connected (frame )*)?closed gone$/);
        expect(clock.timers).toBe(0);
        expect(connection.send(new Uint8Array(1))).toBe(false);
      }),
      { seed: SEED, numRuns: 1500 },
    );
    // Else none was ever open, and the property would say nothing.
    expect(opened).toBeGreaterThan(100);
  });
});
