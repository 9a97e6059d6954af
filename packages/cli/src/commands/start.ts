/** `start`: one cosigner in the foreground, until SIGTERM or SIGINT hands its leadership over, or something ends it. */

import { rm } from 'node:fs/promises';
import { createAdminServer, createHttpServer, createMetrics } from '@quorumsign/console';
import type { Cosigner } from '@quorumsign/cosigner';
import { loadFrost } from '@quorumsign/frost';
import { safetyMarginWarning } from '../config/check-config.js';
import type { CommandContext, GlobalOptions } from '../context.js';
import { usageError } from '../errors.js';
import type { ExitCode } from '../exit-code.js';
import { homePaths } from '../home/home-paths.js';
import { loadConfig } from '../home/load-config.js';
import { loadHome, needsPassphrase } from '../home/load-home.js';
import { createLogger } from '../log/create-logger.js';
import { findPassphrase } from '../passphrase.js';
import { openRaftTrace } from '../raft-trace.js';
import { VERSION } from '../version.js';
import { createReloader } from './reload.js';

const READY_POLL_MS = 50;

/** @returns the exit code. @throws CliError, KeystoreError, PkiError, StoreError, FrostError */
export async function start(
  flags: { readonly passphraseFile: string | undefined; readonly raftTrace: string | undefined },
  options: GlobalOptions,
  context: CommandContext,
): Promise<ExitCode> {
  context.requireTls13();
  const stopRequested = context.stopRequested();
  // From the first moment on: unheard, the signal ends a process.
  let hangUp: (() => void) | undefined;
  let hungUp = false;
  const cancelHangup = context.onHangup(() => {
    hungUp = true;
    hangUp?.();
  });
  const { home } = options;
  const config = await loadConfig(home);
  const { cluster, cosigner: name } = config;
  const level = options.logLevel ?? config.log.level;
  const logger = createLogger(
    { level, format: options.logFormat ?? config.log.format, base: { cluster, cosigner: name } },
    context.stderr,
  );
  let passphrase: string | undefined;
  if (await needsPassphrase(home, config)) {
    passphrase = await findPassphrase(context, { passphraseFile: flags.passphraseFile, isNew: false });
    if (passphrase === undefined)
      throw usageError(
        'the shares are encrypted: expected --passphrase-file FILE, systemd\'s credential "passphrase", or a terminal to ask at, found none',
      );
  }
  // scrypt takes seconds, many on a busy machine: a terminal without a word would look like one that hangs.
  if (passphrase !== undefined) logger.info('opening the shares with the passphrase: this takes some seconds');
  const frost = await loadFrost();
  const loaded = await loadHome({ home, config, passphrase, now: context.now(), frost });
  for (const warning of [loaded.tls.expiryWarning, safetyMarginWarning(config.threshold, config.cosigners.length)]) {
    if (warning !== undefined) logger.warn(warning);
  }
  const metrics = createMetrics();
  const traceEnded = (reason: string) => logger.warn({ file: flags.raftTrace, reason }, "Raft's trace ends here");
  const raftTrace = flags.raftTrace === undefined ? undefined : openRaftTrace(flags.raftTrace, traceEnded);
  const cosigner = await context.createCosigner(loaded.cosigner, { logger, observer: metrics, raftTrace });
  const { passphraseFile } = flags;
  const reloader = createReloader(
    { home, passphraseFile, cosigner, started: config, loaded: loaded.cosigner, frost, logger },
    context,
  );
  const status = () => ({ cluster, cosigner: name, version: VERSION, ...cosigner.status() });
  const paths = homePaths(home);
  // The store's lock is held, so nobody listens on a socket that a killed process left.
  await rm(paths.adminSocket, { force: true });
  const http = await createHttpServer({ listen: config.http.listen, status, metrics });
  const admin = await createAdminServer({
    socketPath: paths.adminSocket,
    status,
    transferLeadership: (to) => cosigner.transferLeadership(to),
    reload: () => reloader.reload(),
  });
  await cosigner.start();
  logger.info({ version: VERSION, http: http.address, peer: config.peer.listen }, 'started');
  const cancelReady = whenReady(cosigner, context, () => logger.info({ leader: cosigner.status().leader }, 'ready'));
  hangUp = () => {
    reloader.reload().catch((error: unknown) => {
      logger.error(
        { error: error instanceof Error ? error.message : String(error) },
        'reload refused; nothing was changed',
      );
    });
  };
  if (hungUp) hangUp();
  const ended = await Promise.race([cosigner.fatal, stopRequested.then((signal) => ({ signal }))]);
  cancelReady();
  cancelHangup();
  if ('exitCode' in ended) {
    logger.fatal({ reason: ended.reason }, 'ended');
    // Nothing else is stopped in order: what failed must not act again. The caller ends the process, and with it every connection.
    await Promise.all([http.stop(), admin.stop()]);
    return ended.exitCode;
  }
  logger.info({ signal: ended.signal }, 'stopping');
  await cosigner.stop();
  await Promise.all([http.stop(), admin.stop()]);
  await rm(paths.adminSocket, { force: true });
  logger.info('stopped');
  return 0;
}

/** One line when it can take requests. */
function whenReady(cosigner: Cosigner, context: CommandContext, ready: () => void): () => void {
  const cancel = context.every(READY_POLL_MS, () => {
    if (!cosigner.status().ready) return;
    cancel();
    ready();
  });
  return cancel;
}
