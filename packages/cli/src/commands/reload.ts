/** Takes quorumsign.yaml over into the running cosigner: at SIGHUP, or for `config reload`. */

import type { Cosigner, CosignerConfig, Logger } from '@quorumsign/cosigner';
import type { Frost } from '@quorumsign/frost';
import { isShareEncrypted } from '@quorumsign/keystore';
import type { TlsIdentity } from '@quorumsign/pki';
import type { Config } from '../config/schema.js';
import type { CommandContext } from '../context.js';
import { CliError, usageError } from '../errors.js';
import { homePaths } from '../home/home-paths.js';
import { loadConfig } from '../home/load-config.js';
import { loadHome } from '../home/load-home.js';
import { findPassphrase } from '../passphrase.js';

/** For another cosigner to take over, before this one is busy with a passphrase. */
const HAND_OVER_MS_MAX = 1000;
const POLL_MS = 20;
/** What stands in quorumsign.yaml for this process and not for its cosigner; of the rest the cosigner says what needs a restart. */
const FIXED = ['http', 'log'] as const;

export interface Reloader {
  /** @returns what changed, in words. @throws whatever is wrong with the files; then nothing was changed */
  reload(): Promise<readonly string[]>;
}

export interface ReloaderOptions {
  readonly home: string;
  readonly passphraseFile: string | undefined;
  readonly cosigner: Cosigner;
  /** What this process was started with. */
  readonly started: Config;
  readonly loaded: CosignerConfig;
  readonly frost: Frost;
  readonly logger: Pick<Logger, 'info'>;
}

export function createReloader(options: ReloaderOptions, context: CommandContext): Reloader {
  const { home, cosigner, frost } = options;
  let { loaded } = options;
  let running: Promise<unknown> = Promise.resolve();
  const reload = async (): Promise<readonly string[]> => {
    const config = await loadConfig(home);
    const fixed = FIXED.filter((key) => JSON.stringify(config[key]) !== JSON.stringify(options.started[key]));
    if (fixed.length > 0) {
      const changed = fixed.map((key) => `${key} changed`).join('; ');
      throw new CliError({
        code: 'REFUSED',
        problem: `${changed}: restart this cosigner to have it so; nothing was changed`,
      });
    }
    const added = config.chains.filter(({ chainId }) => !loaded.chains.some((chain) => chain.chainId === chainId));
    const passphrase = await passphraseFor(added);
    const next = await loadHome({ home, config, passphrase, now: context.now(), frost, known: loaded.chains });
    const changes = await cosigner.reload(next.cosigner);
    const before = loaded.tls;
    loaded = next.cosigner;
    const all = [...tlsChanges(before, next.tls), ...changes];
    options.logger.info({ changes: all }, 'configuration reloaded');
    return all;
  };
  return {
    reload: () => {
      // One after the other: two at once would start the same node twice.
      const next = running.then(reload);
      running = next.catch(() => undefined);
      return next;
    },
  };

  async function passphraseFor(added: Config['chains']): Promise<string | undefined> {
    const { shares } = homePaths(home);
    let encrypted = false;
    for (const { chainId } of added) encrypted ||= await isShareEncrypted(shares, chainId);
    if (!encrypted) return undefined;
    // Nobody is at a terminal here.
    const { passphraseFile } = options;
    const passphrase = await findPassphrase({ ...context, promptSecret: undefined }, { passphraseFile, isNew: false });
    if (passphrase === undefined) {
      throw usageError('the new share is encrypted: expected start --passphrase-file FILE or a credential, found none');
    }
    // Opening a share takes a second or two of this process: somebody else should lead meanwhile.
    if (cosigner.status().role === 'leader' && cosigner.transferLeadership() === undefined) await handedOver();
    return passphrase;
  }

  function handedOver(): Promise<void> {
    return new Promise((resolve) => {
      let looks = 0;
      const cancel = context.every(POLL_MS, () => {
        looks++;
        if (cosigner.status().role === 'leader' && looks * POLL_MS < HAND_OVER_MS_MAX) return;
        cancel();
        resolve();
      });
    });
  }
}

/** What of the files between cosigners is new, in words. */
function tlsChanges(before: CosignerConfig['tls'], after: TlsIdentity): string[] {
  const until = after.notAfter.toISOString();
  return [
    ...(after.caPem === before.caPem ? [] : ['authorities between cosigners changed (ca.pem)']),
    ...(after.certificatePem === before.certificatePem
      ? []
      : [`certificate between cosigners renewed, until ${until}`]),
  ];
}
