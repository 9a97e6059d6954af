/** `certs issue`: a certificate for one side of a connection between a node and this signer, by the authority for nodes. */

import { X509Certificate } from 'node:crypto';
import { join, resolve } from 'node:path';
import { readKeyFile, writePrivateFile } from '@quorumsign/keystore';
import {
  type CertificateWithKey,
  issueNodeCertificate,
  NODE_PEM_BYTES_MAX,
  type NodeCertificateRole,
} from '@quorumsign/pki';
import { type CommandContext, type GlobalOptions, printAnswer } from '../../context.js';
import { usageError } from '../../errors.js';
import { readTextFile } from '../../text-file.js';
import { assertFree } from './assert-free.js';
import { AUTHORITY_FILES } from './node-ca.js';
import { wholeNumber } from './whole-number.js';

export interface IssueFlags {
  /** signer or node */
  readonly for: string | undefined;
  readonly ca: string | undefined;
  readonly san: readonly string[];
  readonly out: string | undefined;
  readonly name: string | undefined;
  readonly days: string | undefined;
}

const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** @throws CliError `USAGE`, `WOULD_OVERWRITE`, `FILE`; KeystoreError, PkiError */
export async function certsIssue(flags: IssueFlags, options: GlobalOptions, context: CommandContext): Promise<void> {
  const role = roleOf(flags.for);
  const ca = need(flags.ca, '--ca DIR, made with quorumsign certs node-ca');
  const out = need(flags.out, '--out DIR');
  if (flags.san.length === 0) {
    const which = role === 'signer' ? 'each host or address that a node dials' : 'what the node is called';
    throw usageError(`--san: expected at least one name (${which}), found none; nobody looks at a common name`);
  }
  const days = wholeNumber('--days', flags.days);
  const base = flags.name ?? role;
  if (!FILE_NAME.test(base))
    throw usageError(
      `--name: expected a file name of letters, digits, dots, dashes and underscores, found ${JSON.stringify(base)}`,
    );
  const certificate = join(resolve(out), `${base}.pem`);
  const key = join(resolve(out), `${base}-key.pem`);
  await assertFree([certificate, key]);
  const made = await issueNodeCertificate({
    authority: await readAuthority(ca),
    role,
    subjectAltNames: flags.san,
    now: context.now(),
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(days === undefined ? {} : { days }),
  });
  await writePrivateFile(key, made.keyPem);
  await writePrivateFile(certificate, made.certificatePem);
  const found = new X509Certificate(made.certificatePem);
  const notAfter = new Date(found.validTo).toISOString();
  const authority = join(resolve(ca), AUTHORITY_FILES.certificate);
  printAnswer(context, options, {
    json: { for: role, certificate, key, authority, fingerprint: found.fingerprint256, notAfter },
    text: `${certificate}  until ${notAfter}\n${key}\n\n${nextStep(role, { certificate, key, authority })}`,
  });
}

async function readAuthority(folder: string): Promise<CertificateWithKey> {
  const remedy = 'check --ca; `quorumsign certs node-ca` makes an authority';
  const keyPem = (await readKeyFile(join(folder, AUTHORITY_FILES.key), true, remedy)).toString('latin1');
  const certificatePem = await readTextFile(join(folder, AUTHORITY_FILES.certificate), NODE_PEM_BYTES_MAX);
  return { certificatePem, keyPem };
}

interface IssuedPaths {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
}

function nextStep(role: NodeCertificateRole, { certificate, key, authority }: IssuedPaths): string {
  if (role === 'node')
    return `On the node, [priv-validator] of config.toml, all three or it speaks plain text:
  client-certificate-file = "${certificate}"
  client-key-file = "${key}"
  root-ca-file = "${authority}"`;
  return `In quorumsign.yaml, beside listen, once copied into tls/ of the home:
  tls: { mode: mutual, certificate: tls/node.pem, key: tls/node-key.pem, clientCa: tls/node-ca.pem }
or with cluster create:
  --tls mutual --tls-certificate ${certificate} --tls-key ${key} --tls-client-ca ${authority}`;
}

function roleOf(text: string | undefined): NodeCertificateRole {
  if (text === 'signer' || text === 'node') return text;
  const found = text === undefined ? 'none' : JSON.stringify(text);
  throw usageError(`--for: expected signer (what this side shows) or node (what a node shows), found ${found}`);
}

function need(value: string | undefined, flag: string): string {
  if (value !== undefined && value !== '') return value;
  throw usageError(`expected ${flag}, found none; see quorumsign certs issue --help`);
}
