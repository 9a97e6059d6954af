/** `cluster create`: authority, certificates, shares and one home for each cosigner, in one go. */

import { isAbsolute, join } from 'node:path';
import { loadFrost } from '@quorumsign/frost';
import { addressOf, importValidatorKey } from '@quorumsign/keystore';
import type { MarkRecord, Step } from '@quorumsign/sign-state';
import { safetyMarginWarning } from '../config/check-config.js';
import type { CommandContext, GlobalOptions } from '../context.js';
import { printAnswer } from '../context.js';
import type { CreateFlags } from '../create/create-options.js';
import { floorText, readFloor } from '../create/floor.js';
import { assertNothingThere } from '../create/fresh-folder.js';
import { readNodeTlsFiles } from '../create/node-tls-files.js';
import { planCluster } from '../create/plan-cluster.js';
import { readmeText } from '../create/readme-text.js';
import { writeCluster } from '../create/write-cluster.js';
import { usageError } from '../errors.js';
import { findPassphrase } from '../passphrase.js';

/** @throws CliError, KeystoreError, PkiError, StoreError */
export async function clusterCreate(
  flags: CreateFlags,
  options: GlobalOptions,
  context: CommandContext,
): Promise<void> {
  const plan = planCluster(flags);
  const out = isAbsolute(flags.out) ? flags.out : join(process.cwd(), flags.out);
  await assertNothingThere(out);
  const nodeTls = plan.nodeTls === undefined ? undefined : await readNodeTlsFiles(plan.nodeTls, context.now());
  const floor = await readFloor(flags, plan.chainId, context.now());
  const passphrase = await passphraseForShares(flags, context);
  const warnings = [
    ...(nodeTls?.warnings ?? []),
    floor.warning,
    safetyMarginWarning(plan.threshold, plan.cosigners.length),
  ];
  for (const warning of warnings) if (warning !== undefined) context.stderr.write(`warning: ${warning}\n`);

  const frost = await loadFrost();
  const random = (length: number): Uint8Array => context.randomBytes(length);
  const imported = flags.key === undefined ? undefined : await importValidatorKey(flags.key);
  const secret = imported === undefined ? frost.randomSecret(random) : frost.secretFromSeed(imported.seed);
  imported?.seed.fill(0);
  const identifiers = plan.cosigners.map(({ id }) => id);
  const dealt = frost.deal({ secret, threshold: plan.threshold, identifiers, epoch: 1, random });
  secret.fill(0);
  const address = addressOf(dealt.group.groupKey);
  if (imported !== undefined && imported.address !== address)
    throw new Error('impossible: the dealt key is not the imported one');
  const readme = readmeText({
    plan,
    address,
    floor: floor.mark,
    keyWasImported: imported !== undefined,
    sharesEncrypted: passphrase !== undefined,
  });
  await writeCluster({ plan, out, dealt, floor: floor.mark, passphrase, nodeTls, readme }, context);
  for (const share of dealt.shares) share.destroy();
  const publicKey = Buffer.from(dealt.group.groupKey).toString('base64');
  printAnswer(context, options, {
    json: {
      out,
      cluster: plan.cluster,
      chainId: plan.chainId,
      threshold: plan.threshold,
      address,
      publicKey,
      floor: floorJson(floor.mark),
    },
    text: `${plan.threshold}-of-${plan.cosigners.length} cluster ${plan.cluster} written to ${out}\naddress    ${address}\npublic key ${publicKey}\nfloor      ${floorText(floor.mark)}\nread ${join(out, 'README.txt')} for what to copy where`,
  });
}

/** Heights are decimal strings, as in CometBFT's files; null: no floor. */
function floorJson(mark: MarkRecord | undefined): { height: string; round: number; step: Step } | null {
  return mark === undefined ? null : { height: mark.height.toString(), round: mark.round, step: mark.step };
}

/** The passphrase for new shares; undefined where they are to be in the clear. @throws CliError `USAGE`, `FILE` */
export async function passphraseForShares(
  flags: Pick<CreateFlags, 'plaintextShares' | 'passphraseFile'>,
  context: CommandContext,
): Promise<string | undefined> {
  if (flags.plaintextShares) {
    if (flags.passphraseFile !== undefined)
      throw usageError('expected --passphrase-file or --plaintext-shares, found both');
    return undefined;
  }
  const passphrase = await findPassphrase(context, { passphraseFile: flags.passphraseFile, isNew: true });
  if (passphrase !== undefined) return passphrase;
  throw usageError(
    'expected --passphrase-file FILE, or --plaintext-shares to store the shares in the clear, found neither',
  );
}
