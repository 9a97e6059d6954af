/** `status`, `leader` and `config reload`: what the running cosigner says and does, over its admin socket. */

import { type AdminRequest, adminRequest, ConsoleError } from '@quorumsign/console';
import { z } from 'zod';
import { type CommandContext, type GlobalOptions, printAnswer } from '../context.js';
import { CliError } from '../errors.js';
import { homePaths } from '../home/home-paths.js';
import { assertHome } from '../home/load-config.js';
import { type Status, statusSchema, statusText } from './status-text.js';

const WATCH_MS = 1000;
/** Opening an encrypted share takes seconds. */
const RELOAD_MS_MAX = 60_000;

/** @throws ConsoleError `ADMIN_UNREACHABLE`; CliError `FILE` where the folder is no home */
export async function readStatus(options: GlobalOptions): Promise<Status> {
  return statusSchema.parse(await ask(options, { method: 'GET', path: '/status' }));
}

/** `status`; with `watch` it redraws until the process is stopped. */
export async function status(
  flags: { readonly watch: boolean },
  options: GlobalOptions,
  context: CommandContext,
): Promise<void> {
  const print = async (): Promise<void> => {
    const found = await readStatus(options);
    if (flags.watch && context.stdout.isTerminal) context.stdout.write('\u001b[H\u001b[2J');
    printAnswer(context, options, { json: found, text: statusText(found) });
  };
  await print();
  if (!flags.watch) return;
  await new Promise<void>((resolve, reject) => {
    const cancel = context.every(WATCH_MS, () => {
      print().catch((error: unknown) => {
        cancel();
        reject(error);
      });
    });
    void context.stopRequested().then(() => {
      cancel();
      resolve();
    });
  });
}

export async function leaderShow(options: GlobalOptions, context: CommandContext): Promise<void> {
  const { leader, term } = await readStatus(options);
  printAnswer(context, options, { json: { leader, term }, text: leader ?? 'nobody leads' });
}

/** @throws CliError `REFUSED` with the reason */
export async function leaderTransfer(
  to: string | undefined,
  options: GlobalOptions,
  context: CommandContext,
): Promise<void> {
  await ask(options, { method: 'POST', path: '/leader/transfer', body: to === undefined ? {} : { to } });
  printAnswer(context, options, {
    json: { begun: true, to: to ?? null },
    text: `handing over${to === undefined ? '' : ` to ${to}`}`,
  });
}

/** Has the running cosigner read quorumsign.yaml again. @throws CliError `REFUSED` with what is wrong; then nothing was changed */
export async function configReload(options: GlobalOptions, context: CommandContext): Promise<void> {
  const body = await ask(options, { method: 'POST', path: '/config/reload', body: {}, timeoutMs: RELOAD_MS_MAX });
  const { changes } = z.object({ changes: z.array(z.string()) }).parse(body);
  printAnswer(context, options, { json: { changes }, text: changes.join('\n') || 'nothing has changed' });
}

async function ask(options: GlobalOptions, request: AdminRequest): Promise<unknown> {
  const answer = await adminRequest(homePaths(options.home).adminSocket, request).catch(async (error: unknown) => {
    // Nobody can listen in a folder that is no home: starting something, as this error asks, would not help.
    if (error instanceof ConsoleError && error.detail.code === 'ADMIN_UNREACHABLE') await assertHome(options.home);
    throw error;
  });
  if (answer.status === 200 || answer.status === 202) return answer.body;
  const problem = z.object({ error: z.string() }).safeParse(answer.body).data?.error ?? `answer ${answer.status}`;
  throw new CliError({ code: 'REFUSED', problem });
}
