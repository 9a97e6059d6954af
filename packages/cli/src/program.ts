/** The command line: nouns then verbs, flags before environment before file before default. */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, Option } from 'commander';
import { configReload, leaderShow, leaderTransfer, status } from './commands/admin.js';
import { addCerts } from './commands/certs/define.js';
import { clusterCreate } from './commands/cluster-create.js';
import { keysShow } from './commands/keys-show.js';
import { keysSplit, type SplitFlags } from './commands/keys-split.js';
import { membersReadmit, storeInit } from './commands/new-store.js';
import { configCheck, stateShow } from './commands/show.js';
import { start } from './commands/start.js';
import { version } from './commands/version.js';
import { LOG_FORMATS, LOG_LEVELS } from './config/schema.js';
import type { CommandContext, GlobalOptions } from './context.js';
import type { CreateFlags } from './create/create-options.js';
import { exitCodeOf, usageError } from './errors.js';
import { EXIT_OK, EXIT_USAGE, type ExitCode } from './exit-code.js';

/** Runs one command line, without the program's own name. Never rejects: errors are printed and become the exit code. */
export async function run(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT_OK;
  const program = build(context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    context.stderr.write(`quorumsign: ${error instanceof Error ? error.message : String(error)}\n`);
    return exitCodeOf(error);
  }
}

function build(context: CommandContext, end: (code: ExitCode) => void): Command {
  const option = (flags: string, description: string): Option => {
    const made = new Option(flags, description);
    return made.env(`QUORUMSIGN_${made.name().replaceAll('-', '_').toUpperCase()}`);
  };
  const program = new Command('quorumsign')
    .description('Threshold remote signer for Tendermint and CometBFT validators')
    .addOption(option('--home <dir>', 'home of this cosigner').default(join(context.userDirectory, '.quorumsign')))
    .addOption(option('-o, --output <form>', 'form of answers').choices(['text', 'json']).default('text'))
    .addOption(option('--log-level <level>', 'least level that is logged').choices(LOG_LEVELS))
    .addOption(option('--log-format <format>', 'form of log lines').choices(LOG_FORMATS))
    .addOption(option('-y, --yes', 'ask no questions; no command asks any yet'));
  const configure = (command: Command): Command =>
    command
      .hook('preAction', (each) => readSwitches(each, context.environment))
      .exitOverride()
      .showHelpAfterError(`see ${nameOf(command)} --help`)
      .configureOutput({
        writeOut: (text) => context.stdout.write(text),
        writeErr: (text) => context.stderr.write(text),
      });
  configure(program);
  const verb = (parent: Command, name: string, description: string): Command =>
    configure(parent.command(name).description(description));
  const globals = (command: Command): GlobalOptions => {
    const { home, output, yes, logLevel, logFormat } =
      command.optsWithGlobals<Record<string, string | boolean | undefined>>();
    if (typeof home !== 'string' || home === '') throw usageError('--home: expected a directory, found nothing');
    return {
      home,
      output: output === 'json' ? 'json' : 'text',
      yes: yes === true,
      logLevel: typeof logLevel === 'string' ? logLevel : undefined,
      logFormat: typeof logFormat === 'string' ? logFormat : undefined,
    };
  };
  addClusterCreate(
    verb(
      verb(program, 'cluster', 'make a cluster'),
      'create',
      'authority, certificates, shares and homes for a new cluster',
    ),
    option,
  ).action(async (flags: Record<string, unknown>, command: Command) =>
    clusterCreate(createFlags(flags), globals(command), context),
  );
  verb(program, 'start', 'run this cosigner in the foreground')
    .addOption(option('--passphrase-file <file>', 'passphrase of the shares'))
    .addOption(option('--raft-trace <file>', 'append what Raft does, a JSON line each: for a report of a bug'))
    .action(
      async ({ passphraseFile, raftTrace }: { passphraseFile?: string; raftTrace?: string }, command: Command) => {
        end(await start({ passphraseFile, raftTrace }, globals(command), context));
      },
    );
  verb(program, 'status', 'this cosigner and what it sees of the cluster')
    .option('--watch', 'redraw every second')
    .action(async (flags: { watch?: boolean }, command: Command) =>
      status({ watch: flags.watch === true }, globals(command), context),
    );
  const leader = verb(program, 'leader', 'who leads');
  verb(leader, 'show', 'who leads').action(async (_flags: object, command: Command) =>
    leaderShow(globals(command), context),
  );
  verb(leader, 'transfer', 'hand leadership over')
    .argument('[name]', 'to this cosigner')
    .action(async (name: string | undefined, _flags: object, command: Command) =>
      leaderTransfer(name, globals(command), context),
    );
  const keys = verb(program, 'keys', 'key shares');
  verb(keys, 'show', 'public key, address, share fingerprint')
    .addOption(option('--prefix <prefix>', 'bech32 too, with this prefix: cosmosvalcons'))
    .option('--node-identity', 'by what a node recognises this cosigner, instead')
    .action(async (flags: { prefix?: string; nodeIdentity?: boolean }, command: Command) => {
      const { prefix, nodeIdentity = false } = flags;
      await keysShow({ prefix, nodeIdentity }, globals(command), context);
    });
  addSplit(verb(keys, 'generate', 'shares of a new key, for one more chain of this cluster'), option).action(
    async (flags: Record<string, unknown>, command: Command) => keysSplit(splitFlags(flags), globals(command), context),
  );
  addSplit(verb(keys, 'split', 'shares of an existing key, for one more chain of this cluster'), option)
    .addOption(option('--key <file>', 'priv_validator_key.json to split').makeOptionMandatory())
    .addOption(option('--state <file>', 'priv_validator_state.json of that key'))
    .addOption(option('--never-signed', 'the key has never signed anything'))
    .action(async (flags: Record<string, unknown>, command: Command) =>
      keysSplit(splitFlags(flags), globals(command), context),
    );
  addCerts(
    verb(program, 'certs', 'certificates between cosigners, and of connections with nodes'),
    { verb, option, globals },
    context,
  );
  verb(verb(program, 'state', 'what was signed'), 'show', 'highest height, round and step for each chain').action(
    async (_flags: object, command: Command) => stateShow(globals(command), context),
  );
  verb(
    verb(program, 'store', "this cosigner's store"),
    'init',
    'make the first store of a cosigner whose volume is empty',
  )
    .addOption(option('--never-signed', 'chains without a floor have never signed anything'))
    .action(async (flags: { neverSigned?: boolean }, command: Command) =>
      storeInit({ neverSigned: flags.neverSigned === true }, globals(command), context),
    );
  verb(
    verb(program, 'members', 'the cosigners'),
    'readmit',
    'give this cosigner a new store when its own must not be used again',
  )
    .argument('<name>', 'this cosigner')
    .addOption(
      new Option(
        '--floor <height>',
        'nothing at or below is ever signed; CHAIN=HEIGHT, once for each of several chains',
      )
        .argParser((value: string, before: string[]) => [...before, value])
        .default([]),
    )
    .action(async (name: string, flags: { floor: string[] }, command: Command) =>
      membersReadmit(name, flags.floor, globals(command), context),
    );
  const config = verb(program, 'config', 'configuration');
  verb(config, 'check', 'check a home without starting it').action(async (_flags: object, command: Command) =>
    configCheck(globals(command), context),
  );
  verb(config, 'reload', 'have the running cosigner read it again: chains, nodes, limits, certificates').action(
    async (_flags: object, command: Command) => configReload(globals(command), context),
  );
  verb(program, 'demo', 'a whole cluster and a node on this machine, with a leader killed').action(async () =>
    end(await demo()),
  );
  verb(program, 'version', 'version of this program')
    .option('--long', 'platform and dependencies too')
    .action((flags: { long?: boolean }, command: Command) =>
      version({ long: flags.long === true }, globals(command), context),
    );
  return program;
}

/**
 * A variable that is there switches a flag without a value on for commander, whatever it says: here it says `true` or `false`.
 *
 * @throws CliError `USAGE` for anything else
 */
function readSwitches(command: Command, environment: CommandContext['environment']): void {
  for (const option of command.options) {
    const { envVar } = option;
    if (envVar === undefined || !option.isBoolean()) continue;
    if (command.getOptionValueSource(option.attributeName()) !== 'env') continue;
    const found = environment[envVar] ?? '';
    if (['true', '1'].includes(found)) continue;
    if (!['false', '0', ''].includes(found))
      throw usageError(`${envVar}: expected true or 1, false or 0, found ${JSON.stringify(found)}`);
    command.setOptionValue(option.attributeName(), undefined);
  }
}

/** With the nouns before it. */
function nameOf(command: Command): string {
  const { parent } = command;
  return parent === null ? command.name() : `${nameOf(parent)} ${command.name()}`;
}

function addClusterCreate(command: Command, option: (flags: string, description: string) => Option): Command {
  const collect = (value: string, before: string[]): string[] => [...before, value];
  return command
    .addOption(option('--chain-id <id>', 'chain to sign for'))
    .addOption(option('--cluster <name>', 'name of the cluster; default the chain id'))
    .addOption(option('--threshold <t>', 'cosigners needed for a signature; above half'))
    .addOption(new Option('--cosigner <name=host:port>', 'once for each cosigner').argParser(collect).default([]))
    .addOption(new Option('--node <url>', 'node to dial, by all or NAME=URL').argParser(collect).default([]))
    .addOption(
      new Option('--listen <url>', 'grpc://HOST:PORT where nodes dial, or NAME=…').argParser(collect).default([]),
    )
    .addOption(option('--tls <mode>', 'for --listen: one-way or mutual; without it plain text, on loopback only'))
    .addOption(option('--tls-certificate <file>', 'certificate shown to nodes that dial, with its intermediates'))
    .addOption(option('--tls-key <file>', 'its key'))
    .addOption(option('--tls-client-ca <file>', 'authority of the nodes, for --tls mutual'))
    .addOption(new Option('--http <host:port>', 'health, metrics, status').argParser(collect).default([]))
    .addOption(option('--key <file>', 'priv_validator_key.json to split; without it a new key is made'))
    .addOption(option('--state <file>', 'priv_validator_state.json of that key'))
    .addOption(option('--floor <height>', 'nothing at or below is ever signed'))
    .addOption(option('--never-signed', 'the key has never signed anything'))
    .addOption(option('--passphrase-file <file>', 'encrypts the shares'))
    .addOption(option('--plaintext-shares', 'stores the shares in the clear'))
    .addOption(option('--out <dir>', 'where the homes are written').default('cluster'));
}

function addSplit(command: Command, option: (flags: string, description: string) => Option): Command {
  return command
    .addOption(option('--chain-id <id>', 'chain to sign for').makeOptionMandatory())
    .addOption(option('--floor <height>', 'nothing at or below is ever signed'))
    .addOption(option('--passphrase-file <file>', 'encrypts the shares'))
    .addOption(option('--plaintext-shares', 'stores the shares in the clear'))
    .addOption(option('--out <dir>', 'where the shares are written').default('shares'));
}

function splitFlags(flags: Record<string, unknown>): SplitFlags {
  const { chainId, key, state, floor, neverSigned, passphraseFile, plaintextShares, out } = createFlags(flags);
  return { chainId, key, state, floor, neverSigned, passphraseFile, plaintextShares, out };
}

function createFlags(flags: Record<string, unknown>): CreateFlags {
  const text = (name: string): string | undefined => (typeof flags[name] === 'string' ? flags[name] : undefined);
  const list = (name: string): string[] => (Array.isArray(flags[name]) ? flags[name].map(String) : []);
  return {
    chainId: text('chainId'),
    cluster: text('cluster'),
    threshold: text('threshold'),
    cosigner: list('cosigner'),
    node: list('node'),
    listen: list('listen'),
    tls: text('tls'),
    tlsCertificate: text('tlsCertificate'),
    tlsKey: text('tlsKey'),
    tlsClientCa: text('tlsClientCa'),
    http: list('http'),
    key: text('key'),
    state: text('state'),
    floor: text('floor'),
    neverSigned: flags.neverSigned === true,
    passphraseFile: text('passphraseFile'),
    plaintextShares: flags.plaintextShares === true,
    out: text('out') ?? 'cluster',
  };
}

/** The demo is part of the repository, not of the installed package. */
async function demo(): Promise<ExitCode> {
  const script = fileURLToPath(new URL('../../../test/demo/demo.mjs', import.meta.url));
  if (!existsSync(script)) throw usageError('the demo is run in a checkout of the repository: npm run demo');
  const child = spawn(process.execPath, [script, '--no-build'], { stdio: 'inherit' });
  return await new Promise((resolve) => child.once('exit', (code) => resolve(code === 0 ? 0 : 1)));
}
