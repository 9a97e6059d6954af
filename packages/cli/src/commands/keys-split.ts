/**
 * `keys generate` and `keys split`: shares of one more chain's key for a cluster that exists, ready to be copied into the homes.
 * Who the cosigners are and how many must sign is read from the quorumsign.yaml of any of them.
 */

import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { loadFrost } from '@quorumsign/frost';
import { addressOf, importValidatorKey, writePrivateFile, writeShare } from '@quorumsign/keystore';
import type { MarkRecord } from '@quorumsign/sign-state';
import { chainIdText } from '../config/schema.js';
import { type CommandContext, type GlobalOptions, printAnswer } from '../context.js';
import { readFloor } from '../create/floor.js';
import { assertNothingThere, writeFreshFolder } from '../create/fresh-folder.js';
import { usageError } from '../errors.js';
import { loadConfig } from '../home/load-config.js';
import { passphraseForShares } from './cluster-create.js';

export interface SplitFlags {
  readonly chainId: string | undefined;
  /** Undefined: a new key is made. */
  readonly key: string | undefined;
  readonly state: string | undefined;
  readonly floor: string | undefined;
  readonly neverSigned: boolean;
  readonly passphraseFile: string | undefined;
  readonly plaintextShares: boolean;
  readonly out: string;
}

/** @throws CliError `USAGE`, `FLOOR_MISSING`, `WOULD_OVERWRITE`, `FILE`; KeystoreError */
export async function keysSplit(flags: SplitFlags, options: GlobalOptions, context: CommandContext): Promise<void> {
  const { cosigners, threshold, chains } = await loadConfig(options.home);
  const chainId = chainIdText.safeParse(flags.chainId).data;
  if (chainId === undefined) throw usageError('--chain-id: expected the id of the new chain');
  if (chains.some((chain) => chain.chainId === chainId)) {
    throw usageError(
      `--chain-id: expected a chain that the cluster does not have, found ${chainId} in ${options.home}`,
    );
  }
  const out = resolve(flags.out);
  await assertNothingThere(out);
  const floor = await readFloor(flags, chainId, context.now());
  const passphrase = await passphraseForShares(flags, context);
  if (floor.warning !== undefined) context.stderr.write(`warning: ${floor.warning}\n`);

  const frost = await loadFrost();
  const random = (length: number): Uint8Array => context.randomBytes(length);
  const imported = flags.key === undefined ? undefined : await importValidatorKey(flags.key);
  const secret = imported === undefined ? frost.randomSecret(random) : frost.secretFromSeed(imported.seed);
  imported?.seed.fill(0);
  const { group, shares } = frost.deal({
    secret,
    threshold,
    identifiers: cosigners.map(({ id }) => id),
    epoch: 1,
    random,
  });
  secret.fill(0);
  const address = addressOf(group.groupKey);
  if (imported !== undefined && imported.address !== address) {
    throw new Error('impossible: the dealt key is not the imported one');
  }
  const entry = renderEntry(chainId, floor.mark);
  const workFactor = context.shareWorkFactor === undefined ? {} : { workFactor: context.shareWorkFactor };
  try {
    await writeFreshFolder(out, context, async (building) => {
      for (const { name, id } of cosigners) {
        const share = shares.find(({ identifier }) => identifier === id);
        if (share === undefined) throw new Error(`expected a dealt share ${id}`);
        const directory = join(building, name, 'shares');
        await mkdir(directory, { recursive: true, mode: 0o700 });
        await writeShare({ directory, chainId, passphrase, ...workFactor }, group, share);
        context.stderr.write(`${name}: share written\n`);
      }
      await writePrivateFile(join(building, 'README.txt'), readme(chainId, entry, imported !== undefined));
    });
  } finally {
    for (const share of shares) share.destroy();
  }
  const publicKey = Buffer.from(group.groupKey).toString('base64');
  printAnswer(context, options, {
    json: { out, chainId, threshold, address, publicKey, floor: floor.mark?.height.toString() ?? null },
    text: `shares of ${chainId} written to ${out}\naddress    ${address}\npublic key ${publicKey}\n\nadd to quorumsign.yaml of every cosigner, under chains:\n\n${entry}\nread ${join(out, 'README.txt')} for the order`,
  });
}

/** A state in the middle of a height is covered whole: the entry knows heights only. */
function renderEntry(chainId: string, mark: MarkRecord | undefined): string {
  const floor = mark === undefined ? '' : `    floor: "${mark.height}"   # nothing at or below is ever signed\n`;
  return `  - chainId: ${JSON.stringify(chainId)}\n${floor}    nodes:\n      - { address: "tcp://HOST:PORT" }   # the node's priv_validator_laddr\n`;
}

function readme(chainId: string, entry: string, keyWasImported: boolean): string {
  const destroy = keyWasImported
    ? '5. Stop the old signer before step 4, and destroy the old key: whoever holds it can still sign twice.\n'
    : '';
  return `Shares of chain ${chainId}, one folder for each cosigner.

1. Copy NAME/shares/* into shares/ of the home of cosigner NAME, and nowhere else. The share files are secret.
2. Add to quorumsign.yaml of every cosigner, under chains:

${entry}
3. On every cosigner: quorumsign config check
4. On every cosigner, one after the other: quorumsign config reload (or SIGHUP). The chain signs as soon as enough have it.
${destroy}
Then delete this folder.
`;
}
