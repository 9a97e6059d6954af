/** `state show`, `config check`: what a home holds, read without starting anything and without changing it. */

import { foldRecords, publicStoreName } from '@quorumsign/cosigner';
import { loadFrost } from '@quorumsign/frost';
import { checkShare, readGroup } from '@quorumsign/keystore';
import { loadTlsIdentity } from '@quorumsign/pki';
import { readStore } from '@quorumsign/store';
import { checkConfig, safetyMarginWarning } from '../config/check-config.js';
import { type CommandContext, type GlobalOptions, printAnswer } from '../context.js';
import { CliError } from '../errors.js';
import { groupProblem, ownIdentifier } from '../home/check-group.js';
import { checkNodeTls } from '../home/check-node-tls.js';
import { checkStore } from '../home/check-store.js';
import { writableWarnings } from '../home/check-writable.js';
import { homePaths } from '../home/home-paths.js';
import { assertHome, loadConfig } from '../home/load-config.js';
import { readNodeIdentity } from '../home/node-identity.js';

/** The highest height, round and step for each chain, from the store itself; it may be in use. @throws CliError `FILE`; StoreError */
export async function stateShow(options: GlobalOptions, context: CommandContext): Promise<void> {
  // A folder without a store that is no home needs the right folder, not a new store.
  await assertHome(options.home);
  const store = await readStore(homePaths(options.home).store);
  const marks = foldRecords(store.records).marks.map(({ chainId, height, round, step }) => ({
    chainId,
    height: height.toString(),
    round,
    step,
  }));
  const position = { store: publicStoreName(store.position.storeId), batches: store.position.batches.toString() };
  const lines = marks.map(({ chainId, height, round, step }) => `${chainId}  height ${height} round ${round} ${step}`);
  printAnswer(context, options, {
    json: { position, chains: marks },
    text: lines.join('\n') || 'nothing signed, no floor',
  });
}

/**
 * Everything that can be checked without the passphrase and without starting: what a start would refuse is an error, what it would warn of
 * a warning. An encrypted share is not opened: only its presence, mode and form are checked.
 *
 * @throws CliError `CHECK_FAILED`; `FILE`, `CONFIG` where there is no configuration to check against
 */
export async function configCheck(options: GlobalOptions, context: CommandContext): Promise<void> {
  const paths = homePaths(options.home);
  const config = await loadConfig(options.home);
  const findings: { level: 'error' | 'warning'; message: string }[] = [];
  const warn = (messages: readonly (string | undefined)[]): void => {
    for (const message of messages) if (message !== undefined) findings.push({ level: 'warning', message });
  };
  const attempt = async (check: () => Promise<unknown>): Promise<void> => {
    try {
      await check();
    } catch (error) {
      findings.push({ level: 'error', message: error instanceof Error ? error.message : String(error) });
    }
  };
  for (const problem of checkConfig(config)) findings.push({ level: 'error', message: JSON.stringify(problem) });
  const frost = await loadFrost();
  for (const { chainId } of config.chains) {
    await attempt(async () => {
      const group = await readGroup(paths.shares, chainId);
      frost.checkGroup(group);
      const problem = groupProblem(config, chainId, group);
      if (problem !== undefined) throw new CliError({ code: 'HOME', problem });
      await checkShare({ directory: paths.shares, chainId, identifier: ownIdentifier(config), group }, frost);
    });
  }
  await attempt(async () => {
    const { cluster, cosigner } = config;
    const { expiryWarning } = await loadTlsIdentity(paths.tls, { cluster, cosigner, now: context.now() });
    warn([expiryWarning]);
  });
  for (const node of config.chains.flatMap(({ nodes }) => nodes)) {
    await attempt(async () => warn(await checkNodeTls(options.home, node, context.now())));
  }
  await attempt(() => readNodeIdentity(paths.nodeIdentity));
  await attempt(() => checkStore(paths.store, { cluster: config.cluster, cosigner: config.cosigner }));
  await attempt(async () => warn(await writableWarnings(options.home)));
  warn([safetyMarginWarning(config.threshold, config.cosigners.length)]);
  const errors = findings.filter(({ level }) => level === 'error').length;
  const text = findings.map(({ level, message }) => `${level}: ${message}`).join('\n') || `${options.home} is fine`;
  printAnswer(context, options, { json: { ok: errors === 0, findings }, text });
  if (errors > 0) throw new CliError({ code: 'CHECK_FAILED', errors });
}
