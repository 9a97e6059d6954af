// Certificates between nodes and signers, checked both ways with the openssl command line: ours verified by OpenSSL (and by Go where
// it is there), OpenSSL's accepted or refused by `certs check` for the right reason, and the commands of the documents as written.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { documents } from './documents.mjs';
import { isInstalled, Lab, root } from './lab.mjs';
import { ours } from './ours.mjs';
import { theirs } from './theirs.mjs';

if (!existsSync(join(root, 'packages', 'cli', 'dist', 'bin.js'))) {
  console.log('not built yet: run npm run build first');
  process.exitCode = 1;
} else if (!isInstalled('openssl', 'version')) {
  console.log('!! SKIPPED the certificates of OpenSSL: no openssl on this machine');
} else {
  const lab = new Lab();
  try {
    home(lab);
    await ours(lab);
    await theirs(lab);
    documents(lab);
  } finally {
    lab.close();
  }
  const skipped = lab.skipped.length === 0 ? '' : `, ${lab.skipped.length} skipped`;
  console.log(`\n${lab.passed} passed, ${lab.failed} failed${skipped}`);
  process.exitCode = lab.failed === 0 && lab.passed > 0 ? 0 : 1;
}

/** One home with mutual TLS, whose clientCa the checks replace; its own certificate is ours. */
function home(lab) {
  const run = (...args) => {
    const { code, text } = lab.quorumsign(...args);
    if (code !== 0) throw new Error(text);
  };
  const names = ['--san', 'signer.example', '--san', '127.0.0.1', '--san', '::1'];
  run('certs', 'node-ca', '--out', 'home-ca');
  run('certs', 'issue', '--for', 'signer', '--ca', 'home-ca', ...names, '--out', 'home-pki');
  const cosigners = ['alpha=10.0.1.5', 'beta=10.0.2.5', 'gamma=10.0.3.5'].flatMap((each) => [
    '--cosigner',
    `${each}:7070`,
  ]);
  const files = [
    '--tls-certificate',
    'home-pki/signer.pem',
    '--tls-key',
    'home-pki/signer-key.pem',
    '--tls-client-ca',
    'home-ca/ca.pem',
  ];
  run(
    'cluster',
    'create',
    '--chain-id',
    'c',
    '--threshold',
    '2',
    ...cosigners,
    '--plaintext-shares',
    '--listen',
    'grpc://0.0.0.0:26658',
    '--tls',
    'mutual',
    ...files,
    '--out',
    'home',
  );
}
