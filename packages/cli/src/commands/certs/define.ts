/** The flags of `quorumsign certs …`. */

import { type Command, Option } from 'commander';
import type { CommandContext, GlobalOptions } from '../../context.js';
import { certsCheck } from './check.js';
import { certsIssue } from './issue.js';
import { certsNodeCa } from './node-ca.js';
import { certsRenew } from './renew.js';
import { certsShow } from './show.js';

/** What `program.ts` has for every command. */
export interface CommandMaker {
  verb(parent: Command, name: string, description: string): Command;
  option(flags: string, description: string): Option;
  globals(command: Command): GlobalOptions;
}

export function addCerts(certs: Command, { verb, option, globals }: CommandMaker, context: CommandContext): void {
  const collect = (value: string, before: string[]): string[] => [...before, value];
  verb(certs, 'node-ca', 'a new authority for nodes, and for what this signer shows them')
    .addOption(option('--out <dir>', 'where ca.pem and ca-key.pem are written').makeOptionMandatory())
    .addOption(option('--name <name>', 'goes into its subject; default "nodes"'))
    .addOption(option('--years <years>', 'how long it is valid; default 10, at most 30'))
    .action(async (flags: { out: string; name?: string; years?: string }, command: Command) =>
      certsNodeCa({ out: flags.out, name: flags.name, years: flags.years }, globals(command), context),
    );
  verb(certs, 'issue', 'a certificate and key for one side of a connection between node and signer')
    .addOption(option('--for <side>', 'signer: shown by cosigners; node: shown by a node'))
    .addOption(option('--ca <dir>', 'folder of the authority, made with certs node-ca'))
    .addOption(
      new Option('--san <name>', 'DNS:…, IP:…, URI:… or a bare host or address; repeatable')
        .argParser(collect)
        .default([]),
    )
    .addOption(option('--out <dir>', 'where NAME.pem and NAME-key.pem are written'))
    .addOption(option('--name <name>', 'of the files, and the common name; default signer or node'))
    .addOption(option('--days <days>', 'how long it is valid; default 730, at most 3650'))
    .action(async (flags: IssueOptions, command: Command) => {
      const { ca, san, out, name, days } = flags;
      await certsIssue({ for: flags.for, ca, san, out, name, days }, globals(command), context);
    });
  verb(certs, 'renew', 'a new certificate and key for this cosigner towards the others')
    .addOption(option('--ca <dir>', "folder of the cluster's authority; default the ca/ beside the home"))
    .addOption(option('--certificate <file>', 'away from the home: the old cert.pem, whose cosigner is renewed'))
    .addOption(option('--out <dir>', 'away from the home: where cert.pem and key.pem are written'))
    .addOption(option('--from <dir>', 'put cert.pem and key.pem, renewed elsewhere, into the home'))
    .addOption(option('--days <days>', 'how long it is valid; default 730, at most 3650'))
    .action(async (flags: RenewOptions, command: Command) => {
      const { ca, certificate, out, from, days } = flags;
      await certsRenew({ ca, certificate, out, from, days }, globals(command), context);
    });
  verb(certs, 'show', 'what stands in certificate and key files, and how they belong together')
    .argument('[files...]', 'PEM; default those in tls/ of the home')
    .addOption(option('--passphrase-file <file>', 'passphrase of a key'))
    .action(async (files: string[], flags: { passphraseFile?: string }, command: Command) =>
      certsShow(files, { passphraseFile: flags.passphraseFile }, globals(command), context),
    );
  verb(certs, 'check', 'would a node and this home accept each other')
    .argument('[file]', 'certificate of a node, with its intermediates')
    .addOption(option('--listen <url>', 'only this address of quorumsign.yaml; default every grpc:// one'))
    .addOption(option('--key <file>', 'key of that certificate: does it fit'))
    .addOption(option('--passphrase-file <file>', 'passphrase of that key'))
    .addOption(option('--host <host>', 'would a node that dials this host accept our certificate'))
    .addOption(option('--root-ca <file>', 'root-ca-file of that node; default clientCa'))
    .action(async (file: string | undefined, flags: CheckOptions, command: Command) => {
      const { listen, key, passphraseFile, host, rootCa } = flags;
      await certsCheck(file, { listen, key, passphraseFile, host, rootCa }, globals(command), context);
    });
}

interface IssueOptions {
  for?: string;
  ca?: string;
  san: string[];
  out?: string;
  name?: string;
  days?: string;
}

interface RenewOptions {
  ca?: string;
  certificate?: string;
  out?: string;
  from?: string;
  days?: string;
}

interface CheckOptions {
  listen?: string;
  key?: string;
  passphraseFile?: string;
  host?: string;
  rootCa?: string;
}
