/**
 * Where the passphrase comes from, first found first taken: the file named by the flag, systemd's credential
 * (`$CREDENTIALS_DIRECTORY/passphrase`, systemd.exec(5)), a prompt on a terminal. Never an argument or an environment variable:
 * other users can read those.
 */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandContext } from './context.js';
import { CliError, usageError } from './errors.js';
import { readTextFile } from './text-file.js';

/** Shorter ones are guessed however slow scrypt is. */
export const PASSPHRASE_CHARACTERS_MIN = 8;
const PASSPHRASE_BYTES_MAX = 4096;

export interface PassphraseOptions {
  readonly passphraseFile: string | undefined;
  /** At a prompt, ask twice: a mistyped new passphrase would lock the share for ever. */
  readonly isNew: boolean;
}

/** @returns undefined where there is no file, no credential and no terminal. @throws CliError `USAGE`, `FILE` */
export async function findPassphrase(context: CommandContext, options: PassphraseOptions): Promise<string | undefined> {
  const file = options.passphraseFile ?? (await credentialFile(context));
  if (file !== undefined) {
    const text = await readTextFile(file, PASSPHRASE_BYTES_MAX);
    // One line end belongs to the file, not to the passphrase.
    return accept(text.replace(/\r?\n$/, ''), file, options.isNew);
  }
  if (context.promptSecret === undefined) return undefined;
  const first = accept(await context.promptSecret('Passphrase: '), 'the prompt', options.isNew);
  if (options.isNew && first !== (await context.promptSecret('Again: '))) {
    throw usageError('the two passphrases differ; nothing was written');
  }
  return first;
}

async function credentialFile(context: CommandContext): Promise<string | undefined> {
  const directory = context.environment.CREDENTIALS_DIRECTORY;
  if (directory === undefined || directory === '') return undefined;
  const file = join(directory, 'passphrase');
  const found = await stat(file).catch(() => undefined); // absent is usual: the unit may pass other credentials
  return found?.isFile() === true ? file : undefined;
}

function accept(passphrase: string, source: string, isNew: boolean): string {
  const lengthMin = isNew ? PASSPHRASE_CHARACTERS_MIN : 1;
  if (passphrase.length >= lengthMin && !/[\r\n]/.test(passphrase)) return passphrase;
  const found = /[\r\n]/.test(passphrase) ? 'several lines' : `${passphrase.length} characters`;
  const least = lengthMin === 1 ? 'a passphrase' : `a passphrase of at least ${lengthMin} characters`;
  const problem = `expected ${least} on one line, found ${found}`;
  throw new CliError({ code: 'FILE', path: source, problem });
}
