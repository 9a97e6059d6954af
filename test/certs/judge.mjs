// A small authority of OpenSSL's, and both verdicts on what it signs: `certs check` of a home that trusts it, and `openssl verify`.

export const KEYS = {
  'RSA 2048': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  'RSA 4096': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:4096'],
  'P-256': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'P-384': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  'P-521': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-521'],
  Ed25519: ['-algorithm', 'ED25519'],
};
export const CLIENT = 'extendedKeyUsage=clientAuth\nsubjectAltName=DNS:sentry-0,IP:10.0.1.9\n';

export function authority(lab, name, kind) {
  lab.openssl('genpkey', ...KEYS[kind], '-out', `${name}-key.pem`);
  lab.openssl(
    'req',
    '-x509',
    '-new',
    '-key',
    `${name}-key.pem`,
    '-days',
    '30',
    '-subj',
    `/CN=${name}`,
    '-out',
    `${name}.pem`,
    '-addext',
    'keyUsage=critical,keyCertSign,cRLSign',
  );
}

export function leaf(lab, { name, kind = 'RSA 2048', ca, extensions, sign = [] }) {
  lab.openssl('genpkey', ...KEYS[kind], '-out', `${name}-key.pem`);
  lab.openssl('req', '-new', '-key', `${name}-key.pem`, '-subj', `/CN=${name}`, '-out', `${name}.csr`);
  lab.write(`${name}.ext`, extensions);
  lab.openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-CA',
    `${ca}.pem`,
    '-CAkey',
    `${ca}-key.pem`,
    '-CAcreateserial',
    '-days',
    '20',
    '-extfile',
    `${name}.ext`,
    '-out',
    `${name}.pem`,
    ...sign,
  );
}

/** `certs check` of a home whose clientCa is `ca`. */
export function check(lab, ca, ...args) {
  lab.write('home/alpha/tls/node-ca.pem', lab.read(`${ca}.pem`));
  return lab.quorumsign('certs', 'check', ...args, '--home', lab.path('home', 'alpha'));
}

export function agree(lab, title, { name, ca, expected, reason = /./, alike = true }) {
  const openssl = lab.run('openssl', ['verify', '-purpose', 'sslclient', '-CAfile', `${ca}.pem`, `${name}.pem`]);
  const own = check(lab, ca, `${name}.pem`, '--key', `${name}-key.pem`);
  const good = (own.code === 0) === expected && own.code === (expected ? 0 : 2) && reason.test(own.text);
  const word = expected ? 'accepted' : 'refused';
  lab.check(
    `${title}: ${word}${alike ? ', as OpenSSL does' : ', which OpenSSL would not'}`,
    good && ((openssl.code === 0) === expected) === alike,
    own.text + openssl.text,
  );
}
