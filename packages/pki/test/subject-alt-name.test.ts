import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSubjectAltName, PkiError, parseSubjectAltName, readSubjectAltNames } from '../src/index.js';
import { commonNameOf, showSubjectAltNames } from '../src/subject-alt-name.js';
import { make } from './node-certificates.js';

describe('parseSubjectAltName', () => {
  it.each([
    ['sentry-0', 'DNS:sentry-0'],
    ['Sentry-0.Example.ORG', 'DNS:sentry-0.example.org'],
    ['DNS:*.example.org', 'DNS:*.example.org'],
    ['dns:a_b', 'DNS:a_b'],
    ['10.0.1.9', 'IP:10.0.1.9'],
    ['IP:10.0.1.9', 'IP:10.0.1.9'],
    ['::1', 'IP:::1'],
    ['2001:0DB8:0:0:0:0:0:1', 'IP:2001:db8::1'],
    ['IP:2001:db8::1', 'IP:2001:db8::1'],
    ['URI:spiffe://example/a', 'URI:spiffe://example/a'],
    ['uri:https://a/b?c', 'URI:https://a/b?c'],
    ['DNS:10.example', 'DNS:10.example'],
  ])('reads %s as %s', (text, name) => {
    expect(formatSubjectAltName(parseSubjectAltName(text))).toBe(name);
    expect(parseSubjectAltName(name)).toEqual(parseSubjectAltName(text));
  });

  it.each([
    '',
    'DNS:',
    'DNS:10.0.1.9',
    'IP:sentry-0',
    'IP:10.0.1.256',
    'IP:10.0.1',
    'IP:fe80::1%eth0',
    'a b',
    'a..b',
    '-a',
    'a-',
    'a.*.b',
    '*',
    '*.',
    'x'.repeat(64),
    `${'a.'.repeat(126)}ab`,
    'host:26658',
    'CN:sentry',
    'email:a@b.c',
    'URI:',
    'URI:sentry-0',
    'URI:spiffe://a b',
    'URI:spiffe://ü',
    `URI:x:${'y'.repeat(512)}`,
    'sentry-0\n',
  ])('refuses %j', (text) => {
    expect(() => parseSubjectAltName(text)).toThrow(/^ARGUMENT: subject alternative name: expected DNS:.*found "/);
  });

  it('reads any text or refuses it, and what it reads keeps its spelling', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.domain(), fc.webUrl()), (text) => {
        try {
          const name = formatSubjectAltName(parseSubjectAltName(text));
          expect(formatSubjectAltName(parseSubjectAltName(name))).toBe(name);
        } catch (error) {
          expect(error).toBeInstanceOf(PkiError);
        }
      }),
    );
  });
});

describe('the names of a certificate', () => {
  it('are read in one spelling, and other kinds are shown only', async () => {
    const { certificate } = await make({
      subject: 'CN=the common name',
      names: [
        { type: 'dns', value: 'Sentry-0' },
        { type: 'ip', value: '2001:db8:0:0::1' },
        { type: 'url', value: 'spiffe://a/b,c' },
        { type: 'email', value: 'a@b.c' },
      ],
    });
    expect(readSubjectAltNames(certificate).map(formatSubjectAltName)).toEqual([
      'DNS:sentry-0',
      'IP:2001:db8::1',
      'URI:spiffe://a/b,c',
    ]);
    expect(showSubjectAltNames(certificate)).toEqual([
      'DNS:Sentry-0',
      'IP:2001:db8::1',
      'URI:spiffe://a/b,c',
      'email:a@b.c',
    ]);
    expect(commonNameOf(certificate)).toBe('the common name');
  });

  it('cannot be forged by a name that holds another', async () => {
    const { certificate } = await make({ names: [{ type: 'url', value: 'x:y, DNS:sentry-0' }] });
    expect(readSubjectAltNames(certificate)).toEqual([]);
    expect(showSubjectAltNames(certificate)).toEqual(['URI:x:y, DNS:sentry-0']);
  });

  it('are none where there are none', async () => {
    const { certificate } = await make({});
    expect(readSubjectAltNames(certificate)).toEqual([]);
    expect(showSubjectAltNames(certificate)).toEqual([]);
  });
});
