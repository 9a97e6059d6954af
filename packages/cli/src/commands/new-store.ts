/**
 * `store init` and `members readmit`: a store with a store id of its own, for a volume that begins empty, or for a cosigner whose store must not
 * be used again. Started with it, the cosigner takes no part until enough of the others were heard.
 */

import { foldRecords, newStoreRecords } from '@quorumsign/cosigner';
import { compareHrs, floorMark, type MarkRecord } from '@quorumsign/sign-state';
import { createStore, readStore, replaceStore } from '@quorumsign/store';
import type { Config } from '../config/schema.js';
import { type CommandContext, type GlobalOptions, printAnswer } from '../context.js';
import { parseHeight } from '../create/floor.js';
import { CliError, usageError } from '../errors.js';
import { giveToOwnerOf } from '../home/give-to-owner.js';
import { homePaths } from '../home/home-paths.js';
import { loadConfig } from '../home/load-config.js';

/** @throws CliError `USAGE`, `FLOOR_MISSING`; StoreError `STORE_EXISTS`, … */
export async function storeInit(
  flags: { readonly neverSigned: boolean },
  options: GlobalOptions,
  context: CommandContext,
): Promise<void> {
  const config = await loadConfig(options.home);
  const marks = config.chains.flatMap(({ chainId, floor }) => {
    if (floor !== undefined) return floorMark(floor, chainId, context.now().getTime());
    if (flags.neverSigned) return [];
    throw new CliError({ code: 'CHAIN_FLOOR_MISSING', chainId });
  });
  const { store } = homePaths(options.home);
  await createStore(store, identityOf(config), newStoreRecords('first', marks));
  await giveToOwnerOf(options.home, store);
  printAnswer(context, options, {
    json: { cosigner: config.cosigner, floors: floorsOf(marks) },
    text: `${config.cosigner} has its first store. It takes part when enough of the others were heard that do not remember an earlier one: quorumsign start`,
  });
}

/**
 * @param name - of the cosigner whose home this is; typed, so that the command is not run on the wrong machine
 * @param floors - HEIGHT where there is one chain, CHAIN=HEIGHT for each otherwise
 * @throws CliError `USAGE`; StoreError `STORE_LOCKED`, …
 */
export async function membersReadmit(
  name: string,
  floors: readonly string[],
  options: GlobalOptions,
  context: CommandContext,
): Promise<void> {
  const config = await loadConfig(options.home);
  const { cosigner } = config;
  if (name !== cosigner) {
    throw usageError(
      `expected ${cosigner}, whose home ${options.home} is, found ${name}: run this on ${name}'s machine`,
    );
  }
  const given = readFloors(floors, config, context.now());
  const { store } = homePaths(options.home);
  let marks: readonly MarkRecord[] = [];
  const retired = await replaceStore(store, identityOf(config), async () => {
    marks = withOlder(given, await readableMarks(store));
    return newStoreRecords('readmitted', marks);
  });
  await giveToOwnerOf(options.home, store);
  printAnswer(context, options, {
    json: { cosigner, retired: retired ?? null, floors: floorsOf(marks) },
    text: [
      retired === undefined
        ? `${cosigner} had no store`
        : `the old store is kept in ${retired}; it must never be used again`,
      ...marks.map(
        ({ chainId, height }) => `${chainId}: nothing at or below height ${height} is ever signed by ${cosigner}`,
      ),
      'It takes part again when enough of the others were heard and its log has what they have: quorumsign start',
    ].join('\n'),
  });
}

function identityOf({ cluster, cosigner }: Config): { cluster: string; cosigner: string } {
  return { cluster, cosigner };
}

function readFloors(floors: readonly string[], { chains }: Config, now: Date): MarkRecord[] {
  const byChain = new Map<string, bigint>();
  for (const text of floors) {
    const at = text.lastIndexOf('=');
    const [only] = chains;
    if (at < 0 && chains.length > 1) throw usageError(`--floor: expected CHAIN=HEIGHT for each chain, found ${text}`);
    const chainId = at < 0 ? (only?.chainId ?? '') : text.slice(0, at);
    if (!chains.some((chain) => chain.chainId === chainId))
      throw usageError(`--floor: expected a chain of quorumsign.yaml, found ${chainId}`);
    byChain.set(chainId, parseHeight(text.slice(at + 1)));
  }
  return chains.map(({ chainId }) => {
    const height = byChain.get(chainId);
    if (height !== undefined) return floorMark(height, chainId, now.getTime());
    throw usageError(
      `--floor: expected one for ${chainId}, found none: a height that the other cosigners (quorumsign status) and the nodes have passed`,
    );
  });
}

/** What the old store still says counts too, where it can be read. */
async function readableMarks(directory: string): Promise<readonly MarkRecord[]> {
  try {
    return foldRecords((await readStore(directory)).records).marks;
  } catch {
    return []; // Damaged or missing: that is why there is a floor.
  }
}

function withOlder(floors: readonly MarkRecord[], older: readonly MarkRecord[]): MarkRecord[] {
  const marks = new Map(older.map((mark) => [mark.chainId, mark]));
  for (const floor of floors) {
    const mark = marks.get(floor.chainId);
    if (mark === undefined || compareHrs(floor, mark) > 0) marks.set(floor.chainId, floor);
  }
  return [...marks.values()];
}

function floorsOf(marks: readonly MarkRecord[]): { chainId: string; height: string }[] {
  return marks.map(({ chainId, height }) => ({ chainId, height: height.toString() }));
}
