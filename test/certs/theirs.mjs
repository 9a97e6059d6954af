// Certificates made by OpenSSL in every common form, judged by `certs check`; its verdict is compared with OpenSSL's own.

import { forms, protectedKeys } from './forms.mjs';
import { agree, authority, CLIENT, check, KEYS, leaf } from './judge.mjs';

export async function theirs(lab) {
  console.log('\nof OpenSSL, judged by certs check');
  authority(lab, 'rsa-ca', 'RSA 2048');
  authority(lab, 'ec-ca', 'P-384');
  for (const ca of ['rsa-ca', 'ec-ca']) {
    for (const kind of Object.keys(KEYS)) {
      const name = `${ca}-${kind.replaceAll(' ', '')}`;
      leaf(lab, { name, kind, ca, extensions: CLIENT });
      agree(lab, `a node with ${kind} of ${ca}`, { name, ca, expected: true });
    }
  }
  refusals(lab);
  forms(lab);
  intermediate(lab);
  certstrapStyle(lab);
  ourServer(lab);
  await protectedKeys(lab);
}

function refusals(lab) {
  const ca = 'rsa-ca';
  const cases = [
    ['a node of another authority', { extensions: CLIENT, from: 'ec-ca' }, /NODE_CHAIN: .*issued by "CN=ec-ca"/],
    ['a certificate for servers', { extensions: 'extendedKeyUsage=serverAuth\nsubjectAltName=DNS:a\n' }, /NODE_USAGE/],
    [
      'a certificate for "any usage"',
      { extensions: 'extendedKeyUsage=anyExtendedKeyUsage\nsubjectAltName=DNS:a\n' },
      /NODE_USAGE/,
    ],
    [
      'a key usage that cannot sign',
      { extensions: `keyUsage=keyEncipherment\n${CLIENT}` },
      /NODE_USAGE: .*keyEncipherment/,
    ],
    [
      'a critical extension of somebody',
      { extensions: `1.2.3.4=critical,ASN1:NULL\n${CLIENT}` },
      /NODE_WEAK: .*1\.2\.3\.4/,
    ],
  ];
  for (const [at, [title, { extensions, from = ca }, reason]] of cases.entries()) {
    const name = `refused-${at}`;
    leaf(lab, { name, ca: from, extensions });
    agree(lab, title, { name, ca, expected: false, reason });
  }
  // OpenSSL's verifier takes SHA-1 below security level 1; in TLS, at the usual level, it does not.
  leaf(lab, { name: 'sha1', ca, extensions: CLIENT, sign: ['-sha1'] });
  agree(lab, 'a signature with SHA-1', {
    name: 'sha1',
    ca,
    expected: false,
    reason: /NODE_WEAK: .*SHA-1/,
    alike: false,
  });
  ended(lab, ca);
}

/** A certificate whose time is over needs `openssl ca`: only there both ends can be chosen. */
function ended(lab, ca) {
  leaf(lab, { name: 'ended', ca, extensions: CLIENT });
  lab.write('index.txt', '');
  lab.write(
    'ca.cnf',
    '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n',
  );
  lab.openssl(
    'ca',
    '-batch',
    '-config',
    'ca.cnf',
    '-cert',
    `${ca}.pem`,
    '-keyfile',
    `${ca}-key.pem`,
    '-in',
    'ended.csr',
    '-extfile',
    'ended.ext',
    '-startdate',
    '20200101000000Z',
    '-enddate',
    '20210101000000Z',
    '-notext',
    '-out',
    'ended.pem',
  );
  agree(lab, 'a certificate that has ended', {
    name: 'ended',
    ca,
    expected: false,
    reason: /NODE_EXPIRED: .*ended 2021-01-01/,
  });
}

function intermediate(lab) {
  leaf(lab, {
    name: 'middle',
    ca: 'rsa-ca',
    extensions: 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n',
  });
  leaf(lab, { name: 'below', ca: 'middle', extensions: CLIENT });
  agree(lab, 'a node whose intermediate is missing', {
    name: 'below',
    ca: 'rsa-ca',
    expected: false,
    reason: /no intermediate beside the certificate/,
  });
  lab.write('chain.pem', lab.read('below.pem') + lab.read('middle.pem'));
  const own = check(lab, 'rsa-ca', 'chain.pem', '--key', 'below-key.pem');
  const openssl = lab.run('openssl', [
    'verify',
    '-purpose',
    'sslclient',
    '-CAfile',
    'rsa-ca.pem',
    '-untrusted',
    'middle.pem',
    'below.pem',
  ]);
  lab.check(
    'a node through an intermediate: accepted, as OpenSSL does',
    own.code === 0 && openssl.code === 0,
    own.text + openssl.text,
  );
  const shown = lab.quorumsign('certs', 'show', 'chain.pem', 'rsa-ca.pem', 'below-key.pem');
  lab.check(
    'certs show: its chain is complete and its key fits',
    /chain\.pem#1 <- chain\.pem#2 <- rsa-ca\.pem \(complete\)/.test(shown.text) &&
      /that of below-key\.pem/.test(shown.text),
    shown.text,
  );
}

/** As certstrap makes them without --domain: RSA 2048 in PKCS #1, for servers and clients, a common name and nothing else. */
function certstrapStyle(lab) {
  leaf(lab, {
    name: 'sentry',
    ca: 'rsa-ca',
    extensions:
      'keyUsage=critical,digitalSignature,keyEncipherment,dataEncipherment,keyAgreement\nextendedKeyUsage=serverAuth,clientAuth\n',
  });
  agree(lab, 'certstrap without --domain', {
    name: 'sentry',
    ca: 'rsa-ca',
    expected: false,
    reason: /only the common name "sentry", which Go \(since 1\.15\) and this signer ignore/,
    alike: false,
  });
  const shown = lab.quorumsign('certs', 'show', 'sentry.pem');
  lab.check('certs show notes it', shown.code === 0 && /NOTE .*common name only/.test(shown.text), shown.text);
}

/** OpenSSL's files for our server: taken by cluster create, found good by config check and by a node. */
function ourServer(lab) {
  leaf(lab, { name: 'server', ca: 'rsa-ca', extensions: 'extendedKeyUsage=serverAuth\nsubjectAltName=IP:10.0.1.5\n' });
  const hosts = ['alpha=10.0.1.5', 'beta=10.0.2.5', 'gamma=10.0.3.5'].flatMap((each) => ['--cosigner', `${each}:7070`]);
  const made = lab.quorumsign(
    'cluster',
    'create',
    '--chain-id',
    'c',
    '--threshold',
    '2',
    ...hosts,
    '--plaintext-shares',
    '--listen',
    'grpc://0.0.0.0:26658',
    '--tls',
    'mutual',
    '--tls-certificate',
    'server.pem',
    '--tls-key',
    'server-key.pem',
    '--tls-client-ca',
    'rsa-ca.pem',
    '--out',
    'theirs',
  );
  lab.check('cluster create takes them', made.code === 0, made.text);
  const home = lab.path('theirs', 'alpha');
  const checked = lab.quorumsign('config', 'check', '--home', home);
  lab.check('config check finds the home good', checked.code === 0, checked.text);
  const good = lab.quorumsign('certs', 'check', '--host', '10.0.1.5', '--home', home);
  lab.check('a node that dials 10.0.1.5 accepts it', good.code === 0, good.text);
  const bad = lab.quorumsign('certs', 'check', '--host', '10.0.2.5', '--home', home);
  lab.check('a node that dials 10.0.2.5 does not', bad.code === 2 && /NODE_HOST/.test(bad.text), bad.text);
}
