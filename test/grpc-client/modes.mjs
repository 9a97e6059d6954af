// The three modes of gRPC on a real 2-of-3 cluster: a client made of its .proto alone, and OpenSSL's own. Certificates are made by
// openssl, RSA and EC. Each refusal must be there, and the cosigner's log must say which it was.

import { setTimeout as sleep } from 'node:timers/promises';
import { isInstalled, Lab } from '../certs/lab.mjs';
import { Cluster, freePorts } from '../support/cluster.mjs';
import { NodeClient } from './client.mjs';

const CHAIN = 'grpc-1';
const RENEWAL_MS_MAX = 5000;
const UNAVAILABLE = 14;
const FAILED_PRECONDITION = 9;
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;

if (!isInstalled('openssl', 'version')) {
  console.log('!! SKIPPED everything: no openssl on this machine');
  console.log('0 passed, 0 failed, 1 skipped');
  process.exit(0);
}
const lab = new Lab();
try {
  makeCertificates();
  await plainText();
  await oneWay();
  await mutual();
} catch (error) {
  lab.check(`an unexpected end: ${error.stack}`, false);
} finally {
  lab.close();
}
console.log(`\n${lab.passed} passed, ${lab.failed} failed, ${lab.skipped.length} skipped`);
process.exitCode = lab.failed === 0 ? 0 : 1;

function makeCertificates() {
  for (const [name, key] of [
    ['ca', ['rsa:2048']],
    ['other-ca', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']],
  ]) {
    const subject = ['-subj', `/CN=${name}`, '-days', '30', '-keyout', `${name}-key.pem`, '-out', `${name}.pem`];
    lab.openssl('req', '-x509', '-nodes', '-newkey', ...key, ...subject);
  }
  const host = 'subjectAltName=IP:127.0.0.1,DNS:localhost';
  issue('signer', { key: 'ec', names: host, usage: 'serverAuth' });
  issue('renewed', { key: 'rsa', names: host, usage: 'serverAuth' });
  issue('elsewhere', { key: 'ec', names: 'subjectAltName=DNS:elsewhere.example', usage: 'serverAuth' });
  issue('node', { key: 'rsa', names: 'subjectAltName=DNS:sentry-0', usage: 'clientAuth' });
  issue('node-ec', { key: 'ec', names: 'subjectAltName=DNS:sentry-1', usage: 'clientAuth' });
  issue('foreign', { ca: 'other-ca', key: 'ec', names: 'subjectAltName=DNS:sentry-0', usage: 'clientAuth' });
  issue('expired', { key: 'ec', names: 'subjectAltName=DNS:sentry-0', usage: 'clientAuth', days: -1 });
}

function issue(name, { ca = 'ca', key, names, usage, days = 20 }) {
  const kind = key === 'rsa' ? ['rsa:2048'] : ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  const request = ['-keyout', `${name}-key.pem`, '-out', `${name}.csr`, '-subj', `/CN=${name}`];
  lab.openssl('req', '-nodes', '-newkey', ...kind, ...request);
  lab.write(`${name}.ext`, `${names}\nextendedKeyUsage=${usage}\nbasicConstraints=critical,CA:FALSE\n`);
  const authority = ['-CA', `${ca}.pem`, '-CAkey', `${ca}-key.pem`, '-CAcreateserial'];
  const valid = days > 0 ? ['-days', String(days)] : ['-days', '-1'];
  const files = ['-in', `${name}.csr`, '-out', `${name}.pem`, '-extfile', `${name}.ext`];
  lab.openssl('x509', '-req', ...files, ...authority, ...valid);
}

async function withCluster(tlsArguments, use) {
  const ports = await freePorts(3);
  const names = ['alpha', 'beta', 'gamma'];
  const listens = names.map((name, at) => ({ name, address: `grpc://127.0.0.1:${ports[at]}` }));
  const more = [...listens.flatMap(({ name, address }) => ['--listen', `${name}=${address}`]), ...tlsArguments];
  const cluster = await Cluster.create({ chainId: CHAIN, more });
  try {
    await cluster.startAll();
    await use(cluster, Object.fromEntries(listens.map(({ name, address }) => [name, address])));
  } finally {
    await cluster.stop();
  }
}

function tlsOf(name) {
  const own = name === undefined ? {} : { certificate: lab.read(`${name}.pem`), key: lab.read(`${name}-key.pem`) };
  return { root: lab.read('ca.pem'), ...own };
}

/** Votes through every cosigner, a replay, the refusals of the rule, and those of a request that nobody could sign. */
async function signs(mode, addresses, tls) {
  const clients = Object.values(addresses).map((address) => new NodeClient(address, CHAIN, tls));
  const keys = await Promise.all(clients.map((client) => client.publicKey()));
  lab.check(`${mode}: every cosigner answers with the one key`, new Set(keys).size === 1);
  const signatures = await Promise.all(clients.map((client) => client.prevote(10, 1)));
  lab.check(`${mode}: the same vote through all three gets one signature`, new Set(signatures).size === 1);
  const [first] = clients;
  const later = await first.prevote(10, 1, { seconds: 1_700_000_009 });
  lab.check(`${mode}: with another timestamp the first signature comes back`, later === signatures[0]);
  const conflicting = await refusal(first.prevote(10, 2));
  lab.check(
    `${mode}: another block is refused for good, and the last height is named`,
    conflicting.code === FAILED_PRECONDITION && conflicting.details.includes('height 10'),
    conflicting.message,
  );
  lab.check(`${mode}: a proposal is signed`, /^[0-9a-f]{128}$/.test(await first.proposal(11, 1)));
  const stranger = new NodeClient(addresses.alpha, 'another-chain', tls);
  lab.check(`${mode}: the key of another chain is refused`, (await refusal(stranger.publicKey())).code === NOT_FOUND);
  lab.check(
    `${mode}: a vote of another chain is refused`,
    (await refusal(stranger.prevote(12, 1))).code === INVALID_ARGUMENT,
  );
  for (const client of [...clients, stranger]) client.close();
}

async function plainText() {
  await withCluster([], async (cluster, addresses) => {
    await signs('none', addresses, undefined);
    await refused(cluster, 'none: TLS to plain text', addresses.alpha, tlsOf(), /TLS to a server without TLS/);
  });
}

async function oneWay() {
  const tls = [
    '--tls',
    'one-way',
    '--tls-certificate',
    lab.path('signer.pem'),
    '--tls-key',
    lab.path('signer-key.pem'),
  ];
  await withCluster(tls, async (cluster, addresses) => {
    await signs('one-way', addresses, tlsOf());
    await refused(cluster, 'one-way: plain text to TLS', addresses.alpha, undefined, /plain text to a server with TLS/);
    const foreign = { ...tlsOf(), root: lab.read('other-ca.pem') };
    const error = await refusal(new NodeClient(addresses.alpha, CHAIN, foreign).publicKey());
    lab.check(
      'one-way: a node with another root does not believe the signer',
      error.code === UNAVAILABLE,
      error.message,
    );
    const old = probe(addresses.alpha, '-tls1_2', '-alpn', 'h2');
    lab.check('one-way: openssl s_client gets no TLS 1.2', /protocol version/i.test(old), old);
    lab.check('one-way: the log says that', await logged(cluster, 'alpha', /TLS below 1.3/));
    const good = probe(addresses.alpha, '-tls1_3', '-alpn', 'h2', '-CAfile', 'ca.pem', '-verify_ip', '127.0.0.1');
    lab.check('one-way: openssl s_client verifies chain and address', /Verify return code: 0 \(ok\)/.test(good), good);
    await renewal(cluster, addresses.alpha);
  });
  const elsewhere = ['--tls-certificate', lab.path('elsewhere.pem'), '--tls-key', lab.path('elsewhere-key.pem')];
  await withCluster(['--tls', 'one-way', ...elsewhere], async (_cluster, addresses) => {
    const error = await refusal(new NodeClient(addresses.alpha, CHAIN, tlsOf()).publicKey());
    lab.check('one-way: a certificate with another name is not believed', error.code === UNAVAILABLE, error.message);
  });
}

async function mutual() {
  const files = ['--tls-certificate', lab.path('signer.pem'), '--tls-key', lab.path('signer-key.pem')];
  await withCluster(
    ['--tls', 'mutual', ...files, '--tls-client-ca', lab.path('ca.pem')],
    async (cluster, addresses) => {
      await signs('mutual', addresses, tlsOf('node'));
      const ec = new NodeClient(addresses.beta, CHAIN, tlsOf('node-ec'));
      lab.check(
        'mutual: an EC certificate of the same authority is served',
        typeof (await ec.publicKey()) === 'string',
      );
      ec.close();
      await refused(cluster, 'mutual: no client certificate', addresses.alpha, tlsOf(), /no client certificate/);
      await refused(
        cluster,
        'mutual: a certificate of another authority',
        addresses.alpha,
        tlsOf('foreign'),
        /NODE_CHAIN/,
      );
      await refused(cluster, 'mutual: an expired certificate', addresses.alpha, tlsOf('expired'), /NODE_EXPIRED/);
      await refused(cluster, 'mutual: a certificate for servers', addresses.alpha, tlsOf('signer'), /NODE_USAGE/);
      await refused(cluster, 'mutual: plain text', addresses.alpha, undefined, /plain text to a server with TLS/);
    },
  );
}

/** Calls go on, on one connection and on new ones, while the certificate is exchanged. */
async function renewal(cluster, address) {
  const client = new NodeClient(address, CHAIN, tlsOf());
  await client.publicKey();
  let calls = 0;
  let failures = 0;
  let done = false;
  const count = (promise) =>
    promise.then(
      () => calls++,
      () => failures++,
    );
  const load = (async () => {
    while (!done) {
      await count(client.prevote(20 + calls, 1));
      const fresh = new NodeClient(address, CHAIN, tlsOf());
      await count(fresh.publicKey());
      fresh.close();
    }
  })();
  const tls = `${cluster.home('alpha')}/tls`;
  lab.must('cp', 'renewed-key.pem', `${tls}/node-key.pem`);
  lab.must('cp', 'renewed.pem', `${tls}/node.pem`);
  const again = await logged(cluster, 'alpha', /certificates for nodes read again/, RENEWAL_MS_MAX);
  await sleep(200); // some calls under the new certificate
  done = true;
  await load;
  client.close();
  const shown = probe(address, '-tls1_3', '-alpn', 'h2');
  lab.check('one-way: a renewed certificate is taken into use', again && /CN ?= ?renewed/.test(shown), shown);
  lab.check(`one-way: no call failed meanwhile (${calls} calls)`, failures === 0 && calls > 10, `${failures} failed`);
}

async function refused(cluster, title, address, tls, pattern) {
  const client = new NodeClient(address, CHAIN, tls);
  const error = await refusal(client.publicKey());
  client.close();
  lab.check(title, error.code === UNAVAILABLE, error.message);
  lab.check(`${title}: the log says so`, await logged(cluster, 'alpha', pattern), cluster.log('alpha').slice(-2000));
}

async function refusal(promise) {
  try {
    await promise;
    return { code: 0, details: 'it was answered', message: 'it was answered' };
  } catch (error) {
    return error;
  }
}

async function logged(cluster, name, pattern, withinMs = 2000) {
  const endMs = performance.now() + withinMs;
  while (performance.now() < endMs) {
    if (pattern.test(cluster.log(name))) return true;
    await sleep(20);
  }
  return false;
}

function probe(address, ...options) {
  const target = address.replace('grpc://', '');
  return lab.run('openssl', ['s_client', '-connect', target, ...options], { input: '' }).text;
}
