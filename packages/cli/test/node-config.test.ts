import { describe, expect, it } from 'vitest';
import { parseConfig } from '../src/index.js';

const BASE = `cluster: c
cosigner: alpha
threshold: 2
cosigners:
  - { name: alpha, id: 1, address: "10.0.1.5:7070" }
  - { name: beta, id: 2, address: "10.0.2.5:7070" }
  - { name: gamma, id: 3, address: "10.0.3.5:7070" }
peer: { listen: "0.0.0.0:7070" }
chains:
`;

const MUTUAL = 'tls: { mode: mutual, certificate: tls/node.pem, key: tls/node-key.pem, clientCa: tls/node-ca.pem';

function chain(...entries: string[]): string {
  return `${BASE}  - chainId: chain-1\n${entries.map((entry) => `    ${entry}\n`).join('')}`;
}

const nodes = (...entries: string[]): string => chain('nodes:', ...entries.map((entry) => `  - ${entry}`));

function read(text: string) {
  const [first] = parseConfig(text, 'q.yaml').chains;
  if (first === undefined) throw new Error('expected a chain');
  return first;
}

describe('chains[].nodes', () => {
  it.each([
    ['{ address: "tcp://10.0.1.9:26659" }', { kind: 'dial', address: 'tcp://10.0.1.9:26659' }],
    ['{ address: "unix:///run/node.sock" }', { kind: 'dial', address: 'unix:///run/node.sock' }],
    [
      '{ listen: "grpc://127.0.0.1:26658", tls: { mode: none } }',
      { kind: 'listen', listen: 'grpc://127.0.0.1:26658', tls: { mode: 'none' } },
    ],
    [
      '{ listen: "grpc://[::]:26658", tls: { mode: one-way, certificate: tls/node.pem, key: /etc/node-key.pem } }',
      {
        kind: 'listen',
        listen: 'grpc://[::]:26658',
        tls: { mode: 'one-way', certificate: 'tls/node.pem', key: '/etc/node-key.pem' },
      },
    ],
    [
      `{ listen: "grpc://0.0.0.0:26658", ${MUTUAL} } }`,
      {
        kind: 'listen',
        listen: 'grpc://0.0.0.0:26658',
        tls: {
          mode: 'mutual',
          certificate: 'tls/node.pem',
          key: 'tls/node-key.pem',
          clientCa: 'tls/node-ca.pem',
          allowed: undefined,
        },
      },
    ],
    [
      `{ listen: "grpc://0.0.0.0:26658", ${MUTUAL}, allowed: { subjectAltNames: ["DNS:sentry-0"] } } }`,
      expect.objectContaining({
        tls: expect.objectContaining({ allowed: { subjectAltNames: ['DNS:sentry-0'], fingerprints: [] } }),
      }),
    ],
  ])('%s is read', (entry, expected) => {
    expect(read(nodes(entry)).nodes).toEqual([expected]);
  });

  const refused: [string, string[], RegExp][] = [
    [
      'neither address nor listen',
      ['{}'],
      /q\.yaml:12:\d+: chains\.0\.nodes\.0: expected address .* or listen .*, found neither/,
    ],
    ['both', ['{ address: "tcp://h:1", listen: "grpc://h:1", tls: { mode: none } }'], /found both/],
    [
      'listen without tls',
      ['{ listen: "grpc://127.0.0.1:1" }'],
      /expected tls: \{ mode: none \| one-way \| mutual, … \} beside listen, found none/,
    ],
    ['tls beside address', ['{ address: "tcp://h:1", tls: { mode: none } }'], /tls beside listen only/],
    [
      'listen without grpc://',
      ['{ listen: "127.0.0.1:1", tls: { mode: none } }'],
      /expected grpc:\/\/HOST:PORT, .*found "127\.0\.0\.1:1"/,
    ],
    ['listen without a port', ['{ listen: "grpc://127.0.0.1", tls: { mode: none } }'], /expected grpc:\/\/HOST:PORT/],
    ['listen on port 0', ['{ listen: "grpc://127.0.0.1:0", tls: { mode: none } }'], /port from 1 to 65535/],
    ['grpc:// as address', ['{ address: "grpc://h:1" }'], /over gRPC the node dials.*listen: "grpc:\/\/HOST:PORT"/],
    ['an address of an unknown scheme', ['{ address: "http://h:1" }'], /ADDRESS_INVALID|scheme/],
    ['an unknown mode', ['{ listen: "grpc://h:1", tls: { mode: tls } }'], /expected one of none, one-way, mutual/],
    ['no mode', ['{ listen: "grpc://h:1", tls: {} }'], /tls\.mode: expected one of none, one-way, mutual/],
    [
      'one-way without a key',
      ['{ listen: "grpc://h:1", tls: { mode: one-way, certificate: a } }'],
      /mode one-way: expected certificate, key, found certificate/,
    ],
    [
      'one-way with clientCa',
      ['{ listen: "grpc://h:1", tls: { mode: one-way, certificate: a, key: b, clientCa: c } }'],
      /mode one-way: expected certificate, key, found clientCa as well/,
    ],
    [
      'none with a certificate',
      ['{ listen: "grpc://h:1", tls: { mode: none, certificate: a } }'],
      /mode none: expected nothing else, found certificate as well/,
    ],
    [
      'mutual without clientCa',
      ['{ listen: "grpc://h:1", tls: { mode: mutual, certificate: a, key: b } }'],
      /mode mutual: expected certificate, key, clientCa, found certificate, key/,
    ],
    [
      'an empty allow-list',
      [`{ listen: "grpc://h:1", ${MUTUAL}, allowed: {} } }`],
      /allowed: expected at least one name or fingerprint/,
    ],
    [
      'an allowed name that is none',
      [`{ listen: "grpc://h:1", ${MUTUAL}, allowed: { subjectAltNames: ["CN=x"] } } }`],
      /subject alternative name: expected DNS:/,
    ],
    [
      'an allowed fingerprint that is none',
      [`{ listen: "grpc://h:1", ${MUTUAL}, allowed: { fingerprints: ["AB:CD"] } } }`],
      /64 hexadecimal digits/,
    ],
    ['an unknown key', ['{ listne: "grpc://h:1" }'], /unknown key "listne"; did you mean "listen"\?/],
    [
      'an unknown key of tls',
      ['{ listen: "grpc://h:1", tls: { mode: none, clientca: x } }'],
      /unknown key "clientca"; did you mean "clientCa"\?/,
    ],
    [
      'one address twice',
      ['{ listen: "grpc://h:1", tls: { mode: none } }', '{ listen: "grpc://h:1", tls: { mode: none } }'],
      /nodes\.1\.listen: expected an address of its own/,
    ],
  ];
  for (const [title, entries, message] of refused) {
    it(`refuse ${title}`, () => {
      expect(() => read(nodes(...entries))).toThrow(message);
    });
  }

  it('refuse one address on two chains: a port is bound once, and a node serves one chain', () => {
    for (const entry of ['{ listen: "grpc://h:1", tls: { mode: none } }', '{ address: "tcp://h:1" }']) {
      const text = `${nodes(entry)}  - chainId: chain-2\n    nodes:\n      - ${entry}\n`;
      expect(() => read(text)).toThrow(/chains\.1\.nodes\.0\.(?:listen|address): expected an address of its own/);
    }
  });
});

describe('chains[].extensions and rawBytes', () => {
  it('sign extensions when wanted and no raw bytes by default', () => {
    expect(read(chain('nodes: []'))).toMatchObject({ extensions: 'when-wanted', rawBytes: {} });
  });

  it.each([
    ['celestia: ["app/"]', { celestia: ['app/'] }],
    [
      'celestia: ["x"], secondExtension: ["example::oracle/"]',
      { celestia: ['x'], 'second-extension': ['example::oracle/'] },
    ],
    ['signBytes: ["example::v1/", "example::v2/"]', { 'sign-bytes': ['example::v1/', 'example::v2/'] }],
  ])('%s is read', (text, expected) => {
    expect(read(chain(`rawBytes: { ${text} }`)).rawBytes).toEqual(expected);
  });

  it.each([
    ['extensions: always', /expected one of when-wanted, never/],
    [
      'rawBytes: { celestia: ["a"], signBytes: ["example::v1"] }',
      /expected celestia or signBytes, found both.*message numbers/,
    ],
    ['rawBytes: { celestia: [] }', /at least one prefix/],
    ['rawBytes: { celestia: [""] }', /found nothing, which would admit all/],
    [`rawBytes: { celestia: ["${'x'.repeat(257)}"] }`, /celestia/],
    ['rawBytes: { signBytes: ["short"] }', /prefix of 8 to 64/],
    ['rawBytes: { signBytes: ["-example::"] }', /begins with a letter or digit/],
    [`rawBytes: { signBytes: ["${'x'.repeat(65)}"] }`, /8 to 64/],
    ['rawBytes: { secondExtension: ["example v1"] }', /8 to 64/],
    [`rawBytes: { signBytes: [${Array.from({ length: 17 }, (_, at) => `"example::${at}"`).join(', ')}] }`, /signBytes/],
    ['rawBytes: { sign-bytes: ["example::v1"] }', /unknown key "sign-bytes"; did you mean "signBytes"\?/],
  ])('%s is refused', (text, message) => {
    expect(() => read(chain(text))).toThrow(message);
  });
});
