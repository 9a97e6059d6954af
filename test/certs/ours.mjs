// Certificates made by `quorumsign certs`, judged by OpenSSL: its verifier, a TLS 1.3 handshake, and, where it is there, by Go.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { isInstalled, root } from './lab.mjs';

const HANDSHAKE_MS_MAX = 10_000;

export async function ours(lab) {
  console.log('\nours, judged by OpenSSL');
  const made = [
    ['certs', 'node-ca', '--out', 'ours/ca'],
    ['certs', 'node-ca', '--out', 'ours/other', '--name', 'other'],
    [
      'certs',
      'issue',
      '--for',
      'signer',
      '--ca',
      'ours/ca',
      '--san',
      'signer.example',
      '--san',
      '127.0.0.1',
      '--san',
      '::1',
      '--out',
      'ours',
    ],
    [
      'certs',
      'issue',
      '--for',
      'node',
      '--ca',
      'ours/ca',
      '--san',
      'sentry-0',
      '--san',
      'URI:spiffe://example/s0',
      '--out',
      'ours',
    ],
  ].map((args) => lab.quorumsign(...args));
  lab.check(
    'authority and certificates are made',
    made.every(({ code }) => code === 0),
    made.map(({ text }) => text).join('\n'),
  );

  const verify = (...args) => lab.run('openssl', ['verify', '-x509_strict', ...args]);
  const cases = [
    ['the authority verifies itself', ['-CAfile', 'ours/ca/ca.pem', 'ours/ca/ca.pem'], true],
    [
      'the signer is a server, by name',
      ['-purpose', 'sslserver', '-verify_hostname', 'signer.example', '-CAfile', 'ours/ca/ca.pem', 'ours/signer.pem'],
      true,
    ],
    [
      'the signer is a server, by IPv4 address',
      ['-purpose', 'sslserver', '-verify_ip', '127.0.0.1', '-CAfile', 'ours/ca/ca.pem', 'ours/signer.pem'],
      true,
    ],
    [
      'the signer is a server, by IPv6 address',
      ['-purpose', 'sslserver', '-verify_ip', '::1', '-CAfile', 'ours/ca/ca.pem', 'ours/signer.pem'],
      true,
    ],
    [
      'the signer is not another host',
      ['-purpose', 'sslserver', '-verify_hostname', 'other.example', '-CAfile', 'ours/ca/ca.pem', 'ours/signer.pem'],
      false,
    ],
    ['the signer is no client', ['-purpose', 'sslclient', '-CAfile', 'ours/ca/ca.pem', 'ours/signer.pem'], false],
    ['the node is a client', ['-purpose', 'sslclient', '-CAfile', 'ours/ca/ca.pem', 'ours/node.pem'], true],
    ['the node is no server', ['-purpose', 'sslserver', '-CAfile', 'ours/ca/ca.pem', 'ours/node.pem'], false],
    ['another authority knows neither', ['-CAfile', 'ours/other/ca.pem', 'ours/node.pem'], false],
  ];
  for (const [title, args, expected] of cases) {
    const { code, text } = verify(...args);
    lab.check(title, (code === 0) === expected, text);
  }
  for (const name of ['ours/ca/ca-key.pem', 'ours/signer-key.pem', 'ours/node-key.pem']) {
    const { code, text } = lab.run('openssl', ['pkey', '-in', name, '-noout', '-check']);
    lab.check(`${name} is a whole key`, code === 0, text);
  }
  await handshake(
    lab,
    'a node of the authority gets through mutual TLS 1.3',
    'ours/node.pem',
    'ours/node-key.pem',
    true,
  );
  lab.openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'ours/stranger-key.pem',
    '-out',
    'ours/stranger.pem',
    '-subj',
    '/CN=stranger',
    '-addext',
    'subjectAltName=DNS:sentry-0',
  );
  await handshake(lab, 'a stranger does not', 'ours/stranger.pem', 'ours/stranger-key.pem', false);
  judgedByGo(lab);
}

/** `s_server` with the signer's files asks `s_client` with the node's for a certificate, both checking the other. */
async function handshake(lab, title, certificate, key, expected) {
  const port = await freePort();
  const serverArgs = [
    's_server',
    '-accept',
    `127.0.0.1:${port}`,
    '-cert',
    'ours/signer.pem',
    '-key',
    'ours/signer-key.pem',
    '-CAfile',
    'ours/ca/ca.pem',
    '-Verify',
    '4',
    '-verify_return_error',
    '-tls1_3',
    '-naccept',
    '1',
    '-www',
  ];
  const server = spawn('openssl', serverArgs, {
    cwd: lab.directory,
    env: lab.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(server, 'exit');
  const timeout = setTimeout(() => server.kill('SIGKILL'), HANDSHAKE_MS_MAX);
  try {
    await new Promise((resolve) => {
      server.stdout.on('data', (data) => String(data).includes('ACCEPT') && resolve());
      server.once('exit', resolve);
    });
    const clientArgs = [
      's_client',
      '-connect',
      `127.0.0.1:${port}`,
      '-cert',
      certificate,
      '-key',
      key,
      '-CAfile',
      'ours/ca/ca.pem',
      '-verify_ip',
      '127.0.0.1',
      '-verify_return_error',
      '-tls1_3',
      // Without it the client is gone at the end of its input, before the answer.
      '-ign_eof',
    ];
    const { text } = lab.run('openssl', clientArgs, { input: 'GET / HTTP/1.0\r\n\r\n' });
    const answered = /HTTP\/1\.0 200/.test(text) && /Verification: OK/.test(text) && /TLSv1\.3/.test(text);
    lab.check(title, answered === expected, text.slice(-600));
  } finally {
    clearTimeout(timeout);
    server.kill('SIGKILL');
    await ended;
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function judgedByGo(lab) {
  if (!isInstalled('go', 'version')) {
    lab.skip('the verdict of Go, in which nodes are written', 'no go on this machine');
    return;
  }
  console.log('\nours, judged by Go');
  for (const name of ['main.go', 'go.mod']) copyFileSync(join(root, 'test', 'certs', 'go', name), lab.path(name));
  // The lab's home is empty; Go wants its caches where they were.
  const built = lab.run('env', [`HOME=${process.env.HOME}`, 'go', 'build', '-o', 'judge', '.']);
  lab.check('the judge compiles', built.code === 0, built.text);
  // The home shows what Go is asked about.
  for (const suffix of ['', '-key'])
    lab.write(`home/alpha/tls/node${suffix}.pem`, lab.read(`ours/signer${suffix}.pem`));
  const hosts = [
    'signer.example',
    'SIGNER.example',
    'other.example',
    '127.0.0.1',
    '127.0.0.2',
    '::1',
    '[::1]',
    'localhost',
  ];
  for (const host of hosts) {
    for (const ca of ['ours/ca/ca.pem', 'ours/other/ca.pem']) {
      const go = lab.run('./judge', ['server', ca, 'ours/signer.pem', host]);
      const own = lab.quorumsign(
        'certs',
        'check',
        '--host',
        host,
        '--root-ca',
        ca,
        '--home',
        lab.path('home', 'alpha'),
      );
      const word = go.code === 0 ? 'accepted' : 'refused';
      lab.check(
        `${host} with ${ca}: ${word} by Go and by certs check`,
        (go.code === 0) === (own.code === 0),
        go.text + own.text,
      );
    }
  }
  const pair = lab.run('./judge', ['pair', 'ours/node.pem', 'ours/node-key.pem']);
  lab.check("Go reads the node's pair", pair.code === 0, pair.text);
}
