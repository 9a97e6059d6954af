// The forms in which tools write certificates and keys, and keys under a passphrase.

import { spawn } from 'node:child_process';
import { check } from './judge.mjs';
import { isInstalled } from './lab.mjs';

const PROMPT_MS_MAX = 15_000;

/** The same certificate and key as tools write them. */
export function forms(lab) {
  const [name, ca] = ['rsa-ca-RSA2048', 'rsa-ca'];
  const ec = 'rsa-ca-P-256';
  lab.write('with-text.pem', lab.openssl('x509', '-in', `${name}.pem`, '-text'));
  lab.write('crlf.pem', lab.read('with-text.pem').replaceAll('\n', '\r\n'));
  lab.openssl('rsa', '-in', `${name}-key.pem`, '-traditional', '-out', 'pkcs1.pem');
  lab.openssl('ec', '-in', `${ec}-key.pem`, '-out', 'sec1.pem');
  lab.write('sec1-params.pem', lab.openssl('ecparam', '-name', 'prime256v1') + lab.read('sec1.pem'));
  lab.write('pkcs1-crlf.pem', lab.read('pkcs1.pem').replaceAll('\n', '\r\n'));
  lab.check(
    'the older forms are what they should be',
    /RSA PRIVATE KEY/.test(lab.read('pkcs1.pem')) && /EC PRIVATE KEY/.test(lab.read('sec1.pem')),
  );
  for (const [title, certificate, key] of [
    ['text before the block', 'with-text.pem', `${name}-key.pem`],
    ['Windows line ends', 'crlf.pem', 'pkcs1-crlf.pem'],
    ['a key in PKCS #1', `${name}.pem`, 'pkcs1.pem'],
    ['a key in SEC 1', `${ec}.pem`, 'sec1.pem'],
    ['a key behind its parameters', `${ec}.pem`, 'sec1-params.pem'],
  ]) {
    const { code, text } = check(lab, ca, certificate, '--key', key);
    lab.check(`${title}: accepted`, code === 0, text);
  }
}

export async function protectedKeys(lab) {
  console.log('\nkeys under a passphrase');
  const [name, passphrase] = ['rsa-ca-RSA2048', 'correct horse'];
  const pass = `pass:${passphrase}`;
  lab.write('passphrase', `${passphrase}\n`);
  lab.openssl(
    'rsa',
    '-in',
    `${name}-key.pem`,
    '-aes256',
    '-traditional',
    '-passout',
    pass,
    '-out',
    'protected-pkcs1.pem',
  );
  lab.openssl('rsa', '-in', `${name}-key.pem`, '-des3', '-traditional', '-passout', pass, '-out', 'protected-des3.pem');
  lab.openssl(
    'pkcs8',
    '-topk8',
    '-in',
    `${name}-key.pem`,
    '-v2',
    'aes-256-cbc',
    '-passout',
    pass,
    '-out',
    'protected-pkcs8.pem',
  );
  for (const file of ['protected-pkcs1.pem', 'protected-des3.pem', 'protected-pkcs8.pem']) {
    const silent = lab.quorumsign('certs', 'show', `${name}.pem`, file);
    lab.check(
      `${file}: recognised without it`,
      silent.code === 0 && /under a passphrase; give --passphrase-file/.test(silent.text),
      silent.text,
    );
    const opened = lab.quorumsign('certs', 'show', `${name}.pem`, file, '--passphrase-file', 'passphrase');
    lab.check(
      `${file}: opened with it, and it fits`,
      opened.code === 0 && opened.text.includes(`that of ${file}`),
      opened.text,
    );
  }
  const checked = check(
    lab,
    'rsa-ca',
    `${name}.pem`,
    '--key',
    'protected-pkcs8.pem',
    '--passphrase-file',
    'passphrase',
  );
  lab.check(
    'certs check says that no node opens it',
    checked.code === 2 && /for which a node does not ask/.test(checked.text),
    checked.text,
  );
  await askedAtATerminal(lab, ['certs', 'show', `${name}.pem`, 'protected-pkcs1.pem'], passphrase);
}

/** `script` gives the command a terminal to ask at. */
async function askedAtATerminal(lab, args, passphrase) {
  if (process.platform !== 'linux' || !isInstalled('script', '--version')) {
    lab.skip('the prompt at a terminal', 'no util-linux script on this machine');
    return;
  }
  const command = ['quorumsign', ...args].join(' ');
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: lab.directory, env: lab.environment });
  let text = '';
  let answered = false;
  child.stdout.on('data', (data) => {
    text += data;
    if (answered || !/Passphrase of protected-pkcs1\.pem: /.test(text)) return;
    answered = true;
    child.stdin.write(`${passphrase}\r`);
  });
  const timeout = setTimeout(() => child.kill('SIGKILL'), PROMPT_MS_MAX);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  clearTimeout(timeout);
  const good = code === 0 && answered && text.includes('that of protected-pkcs1.pem') && !text.includes(passphrase);
  lab.check('a terminal is asked, and shows nothing of the answer', good, text);
}
