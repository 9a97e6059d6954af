import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeIdentityUri, NAME_BYTES_MAX, parseIdentityUri } from '../src/index.js';

describe('identity URI', () => {
  it.each([
    ['my-validator', 'alpha', 'quorumsign://my-validator/alpha'],
    ['a b', 'ü/%', 'quorumsign://a%20b/%C3%BC%2F%25'],
    ['..', '~_.-', 'quorumsign://../~_.-'],
  ])('spells %s and %s as %s', (cluster, cosigner, uri) => {
    expect(encodeIdentityUri({ cluster, cosigner })).toBe(uri);
    expect(parseIdentityUri(uri)).toEqual({ cluster, cosigner });
  });

  it.each([
    'quorumsign://c/n/',
    'quorumsign://c/',
    'quorumsign:///n',
    'quorumsign://c/n?x',
    'quorumsign://c/%6e',
    'quorumsign://c/%c3%bc',
    'quorumsign://c/%',
    'quorumsign://c/%C3',
    'QUORUMSIGN://c/n',
    'https://c/n',
    'quorumsign://c/n\n',
    ` quorumsign://c/n`,
    `quorumsign://c/${'n'.repeat(NAME_BYTES_MAX + 1)}`,
    '',
  ])('refuses %j', (uri) => {
    expect(parseIdentityUri(uri)).toBeUndefined();
  });

  it('accepts names up to the limit and refuses one byte more, none, and broken Unicode', () => {
    expect(parseIdentityUri(encodeIdentityUri({ cluster: 'c', cosigner: 'n'.repeat(NAME_BYTES_MAX) }))).toBeDefined();
    for (const cosigner of ['', 'n'.repeat(NAME_BYTES_MAX + 1), '\ud800']) {
      expect(() => encodeIdentityUri({ cluster: 'c', cosigner })).toThrow(/^ARGUMENT: cosigner name: expected/);
    }
  });

  it('round-trips every name', () => {
    const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 32 });
    fc.assert(
      fc.property(name, name, (cluster, cosigner) => {
        expect(parseIdentityUri(encodeIdentityUri({ cluster, cosigner }))).toEqual({ cluster, cosigner });
      }),
    );
  });
});
