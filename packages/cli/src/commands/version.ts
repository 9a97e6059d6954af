/** `version`: what a report of a bug begins with. */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CommandContext, type GlobalOptions, printAnswer } from '../context.js';
import { VERSION } from '../version.js';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
/** Where this package lies in a checkout of its repository. */
const IN_CHECKOUT = 'packages/cli/';

export function version(flags: { readonly long: boolean }, options: GlobalOptions, context: CommandContext): void {
  const short = { version: VERSION, commit: commit() ?? null, node: process.version };
  const text = `${short.version} (commit ${short.commit ?? 'unknown'}, Node ${short.node})`;
  if (!flags.long) {
    printAnswer(context, options, { json: short, text });
    return;
  }
  const platform = `${process.platform}-${process.arch}`;
  const dependencies = pinned(PACKAGE);
  const lines = [['platform', platform], ...Object.entries(dependencies)].map(([name = '', value]) => {
    return `${name.padEnd(28)} ${value}`;
  });
  printAnswer(context, options, { json: { ...short, platform, dependencies }, text: [text, ...lines].join('\n') });
}

/** Of the checkout that this program is run from; an installed package knows none. */
function commit(): string | undefined {
  const { status, stdout } = spawnSync('git', ['-C', PACKAGE, 'rev-parse', '--show-prefix', '--short', 'HEAD'], {
    encoding: 'utf8',
  });
  const [prefix, found] = status === 0 ? stdout.trim().split('\n') : [];
  return prefix === IN_CHECKOUT ? found : undefined;
}

/** The versions of all libraries that this package and those of this repository ask for; they are exact. */
function pinned(folder: string, seen = new Set<string>()): Record<string, string> {
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const versions: Record<string, string> = {};
  for (const [name, wanted] of Object.entries<string>(dependencies)) {
    if (!isOurs(name)) versions[name] = wanted;
    else if (!seen.has(name)) Object.assign(versions, pinned(folderOf(name, folder), seen.add(name)));
  }
  return Object.fromEntries(Object.entries(versions).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isOurs(name: string): boolean {
  return name.startsWith('@quorumsign/') || name === 'raft-ts';
}

/** As Node looks for it, without what its exports hide. */
function folderOf(name: string, from: string): string {
  const folder = join(from, 'node_modules', name);
  if (existsSync(folder)) return folder;
  if (dirname(from) === from) throw new Error(`expected the package ${name}, found none: run npm ci`);
  return folderOf(name, dirname(from));
}
