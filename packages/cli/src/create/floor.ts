/**
 * The floor: what a new cluster must never sign. An existing key may have signed before, and whoever does not say up to where is
 * refused (exit 3): the first vote at an old height would be a double signature.
 */

import { importValidatorState } from '@quorumsign/keystore';
import { floorMark, type MarkRecord } from '@quorumsign/sign-state';
import { CliError, usageError } from '../errors.js';
import type { CreateFlags } from './create-options.js';
import { HEIGHT_MAX } from './height.js';

export interface Floor {
  /** Undefined: nothing was ever signed. */
  readonly mark: MarkRecord | undefined;
  readonly warning: string | undefined;
}

/** @throws CliError `USAGE`, `FLOOR_MISSING`; KeystoreError */
export async function readFloor(
  flags: Pick<CreateFlags, 'state' | 'floor' | 'neverSigned' | 'key'>,
  chainId: string,
  now: Date,
): Promise<Floor> {
  const given = [flags.state !== undefined, flags.floor !== undefined, flags.neverSigned].filter(Boolean).length;
  if (given > 1) throw usageError('expected one of --state, --floor and --never-signed, found more');
  if (flags.state !== undefined) {
    if (flags.key === undefined) throw usageError('--state: expected --key as well; a new key has no state');
    return await fromState(flags.state, chainId, now);
  }
  if (flags.floor !== undefined)
    return { mark: floorMark(parseHeight(flags.floor), chainId, now.getTime()), warning: undefined };
  if (flags.key !== undefined && !flags.neverSigned) throw new CliError({ code: 'FLOOR_MISSING', keyFile: flags.key });
  return { mark: undefined, warning: undefined };
}

async function fromState(file: string, chainId: string, now: Date): Promise<Floor> {
  const { height, round, step, signBytes } = await importValidatorState(file);
  if (signBytes !== undefined && signBytes.chainId !== chainId) {
    throw usageError(`--state: expected the state of chain ${chainId}, found sign bytes of ${signBytes.chainId}`);
  }
  if (height === 0n) {
    const warning = `${file} says that nothing was ever signed (height 0); if it was reset, give --floor HEIGHT instead`;
    return { mark: undefined, warning };
  }
  if (step === undefined) return { mark: floorMark(height, chainId, now.getTime()), warning: undefined };
  return { mark: { height, round, step, signBytes, chainId, timeMs: now.getTime() }, warning: undefined };
}

/** In the words of `state show`. */
export function floorText(mark: MarkRecord | undefined): string {
  if (mark === undefined) return 'none: this key has never signed';
  return `height ${mark.height} round ${mark.round} ${mark.step}: nothing at or below is ever signed`;
}

/** Reads `--floor`. @throws CliError `USAGE` */
export function parseHeight(text: string): bigint {
  const height = /^[0-9]{1,19}$/.test(text) ? BigInt(text) : 0n;
  if (height >= 1n && height <= HEIGHT_MAX) return height;
  const hint = 'for a key that never signed, --never-signed says so';
  throw usageError(`--floor: expected a height from 1 to ${HEIGHT_MAX}, found ${JSON.stringify(text)}; ${hint}`);
}
