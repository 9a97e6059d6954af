// Certificates for a node and its signer, made by OpenSSL or by `quorumsign certs`: one authority, one certificate for each side.

import { Lab } from '../certs/lab.mjs';

const SIGNER_NAME = 'IP:127.0.0.1';
const NODE_NAME = 'DNS:sentry-0';

/** With the openssl command line; `foreign` is a node's certificate of an authority that the signer does not know. */
export function byOpenssl() {
  const lab = new Lab();
  for (const name of ['ca', 'other-ca']) {
    const key = ['-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-keyout', `${name}-key.pem`];
    lab.openssl('req', '-x509', ...key, '-subj', `/CN=${name}`, '-days', '30', '-out', `${name}.pem`);
  }
  return files(lab, {
    signer: issue(lab, 'signer', 'ca', SIGNER_NAME, 'serverAuth'),
    node: issue(lab, 'node', 'ca', NODE_NAME, 'clientAuth'),
    foreign: issue(lab, 'foreign', 'other-ca', NODE_NAME, 'clientAuth'),
  });
}

function issue(lab, name, authority, subjectAltName, usage) {
  const key = ['-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-keyout', `${name}-key.pem`];
  lab.openssl('req', ...key, '-subj', `/CN=${name}`, '-out', `${name}.csr`);
  lab.write(
    `${name}.ext`,
    `subjectAltName=${subjectAltName}\nextendedKeyUsage=${usage}\nbasicConstraints=critical,CA:FALSE\n`,
  );
  const by = ['-CA', `${authority}.pem`, '-CAkey', `${authority}-key.pem`, '-CAcreateserial', '-days', '20'];
  lab.openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, '-extfile', `${name}.ext`, ...by);
  return pair(lab, name);
}

/** With `quorumsign certs`, as an operator would. */
export function byQuorumsign() {
  const lab = new Lab();
  lab.must('quorumsign', 'certs', 'node-ca', '--out', '.');
  for (const [side, name] of [
    ['signer', SIGNER_NAME],
    ['node', NODE_NAME],
  ]) {
    lab.must('quorumsign', 'certs', 'issue', '--for', side, '--ca', '.', '--san', name, '--out', '.');
  }
  return files(lab, { signer: pair(lab, 'signer'), node: pair(lab, 'node') });
}

function pair(lab, name) {
  return { certificate: lab.path(`${name}.pem`), key: lab.path(`${name}-key.pem`) };
}

function files(lab, sides) {
  return { ca: lab.path('ca.pem'), ...sides, remove: () => lab.close() };
}
