import { describe, expect, it } from 'vitest';
import { checkHello, connectionIdOf, makeHello, PROTOCOL_VERSION, PROTOCOL_VERSION_MIN } from '../src/hello.js';

const RANDOM = new Uint8Array(16).fill(1);
const versions = (min: number, max: number) => ({ min, max });
const ALPHA = { cluster: 'lab', name: 'alpha', bootId: 'aa'.repeat(16), versions: versions(1, 1) };
const BETA = { cluster: 'lab', name: 'beta', bootId: 'bb'.repeat(16), versions: versions(1, 1) };
const HELLO = makeHello(BETA, RANDOM);

describe('hello', () => {
  it('is accepted from the peer it names', () => {
    expect(checkHello(ALPHA, 'beta', HELLO)).toEqual({ bootId: BETA.bootId, protocolVersion: 1, random: RANDOM });
    expect([PROTOCOL_VERSION_MIN, PROTOCOL_VERSION]).toEqual([1, 1]);
  });

  it.each([
    [versions(1, 1), versions(1, 2), 1],
    [versions(1, 2), versions(1, 1), 1],
    [versions(2, 3), versions(1, 2), 2],
    [versions(1, 9), versions(1, 9), 9],
  ])('agrees on the highest common version of %o and %o: %d', (own, other, version) => {
    const verdict = checkHello({ ...ALPHA, versions: own }, 'beta', makeHello({ ...BETA, versions: other }, RANDOM));
    expect(verdict).toMatchObject({ protocolVersion: version });
  });

  it.each([
    ['an older peer', { versionMin: 0, versionMax: 0 }, 'version', 'alpha speaks version 1, beta speaks version 0'],
    ['a newer peer', { versionMin: 2, versionMax: 3 }, 'version', 'beta speaks versions 2 to 3; upgrade the older'],
    ['a senseless range', { versionMin: 2, versionMax: 1 }, 'version', 'versions 2 to 1'],
    ['another cluster', { cluster: 'other' }, 'protocol', 'expected cluster "lab", found "other" in the hello of beta'],
    [
      'a name other than the certificate’s',
      { name: 'gamma' },
      'protocol',
      'expected the name "beta" of the certificate, found "gamma"',
    ],
    ['a short boot id', { bootId: new Uint8Array(15) }, 'protocol', 'found 15 and 16'],
    ['a long random', { random: new Uint8Array(17) }, 'protocol', 'found 16 and 17'],
  ])('is refused from %s, in words', (_, change, reason, message) => {
    const verdict = checkHello(ALPHA, 'beta', { ...HELLO, ...change });
    expect(verdict).toMatchObject({ reason, message: expect.stringContaining(message) });
  });
});

describe('connection id', () => {
  const end = (name: string, fill: number) => ({ name, random: new Uint8Array(16).fill(fill) });
  const id = connectionIdOf(end('alpha', 1), end('beta', 2));

  it('is 16 bytes of hex', () => {
    expect(id).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each([
    ['the dialler’s random', connectionIdOf(end('alpha', 3), end('beta', 2))],
    ['the listener’s random', connectionIdOf(end('alpha', 1), end('beta', 3))],
    ['a name', connectionIdOf(end('alphb', 1), end('beta', 2))],
    ['who dialled', connectionIdOf(end('beta', 2), end('alpha', 1))],
    ['where one name ends and the other begins', connectionIdOf(end('alphab', 1), end('eta', 2))],
  ])('depends on %s', (_, other) => {
    expect(other).not.toBe(id);
  });
});
