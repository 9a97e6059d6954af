/**
 * The shape of quorumsign.yaml (cli.md, section 3), strictly: unknown keys are errors, numbers have bounds, durations
 * units. What concerns several values at once is checked in `check-config.ts`.
 */

import { parseListenAddress } from '@quorumsign/console';
import { DEFAULT_LIMITS } from '@quorumsign/cosigner';
import { NAME_BYTES_MAX } from '@quorumsign/pki';
import { CHAIN_ID_BYTES_MAX } from '@quorumsign/sign-state';
import { z } from 'zod';
import { HEIGHT_MAX } from '../create/height.js';
import { formatDuration, parseDurationMs } from './duration.js';
import { nodeEntry } from './node-entry.js';
import { rawBytesEntry } from './raw-bytes-entry.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export const LOG_FORMATS = ['json', 'text'] as const;
export const SIGN_EXTENSIONS = ['when-wanted', 'never'] as const;
/** More cosigners than this only make every signature slower. */
export const COSIGNERS_MAX = 32;
export const CHAINS_MAX = 32;
export const NODES_MAX = 16;

/** The words of a name that is a folder, a label and part of a certificate at once. */
const NAME_PATTERN = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62})$/;

export const cosignerName = z
  .string()
  .regex(NAME_PATTERN, 'expected a name of 1 to 63 letters, digits, dots, dashes and underscores');
const clusterName = z
  .string()
  .min(1, 'expected a name')
  .refine((name) => Buffer.byteLength(name) <= NAME_BYTES_MAX, `expected at most ${NAME_BYTES_MAX} bytes`);
export const chainIdText = z
  .string()
  .min(1, 'expected a chain id')
  .refine((id) => Buffer.byteLength(id) <= CHAIN_ID_BYTES_MAX, `expected at most ${CHAIN_ID_BYTES_MAX} bytes`);

/** `HOST:PORT` with a port that can be dialled. */
export const hostPort = z.string().refine((text) => portOf(text) >= 1, 'expected HOST:PORT, a port from 1 to 65535');
const listenAddress = z.string().refine((text) => portOf(text) >= 0, 'expected HOST:PORT, a port from 0 to 65535');

function duration(minMs: number, maxMs: number) {
  const range = `from ${formatDuration(minMs)} to ${formatDuration(maxMs)}`;
  return z
    .string(`expected a duration with its unit, such as "${formatDuration(minMs)}"`)
    .transform((text, context) => {
      const ms = parseDurationMs(text);
      if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms;
      const found = JSON.stringify(text);
      const message = `expected a duration ${range} with its unit (ms, s, m, h), found ${found}`;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    });
}

function integer(min: number, max: number) {
  const message = `expected a whole number from ${min} to ${max}`;
  return z.number(message).int(message).min(min, message).max(max, message);
}

const limits = z
  .strictObject({
    heightJump: integer(1, 1_000_000).default(DEFAULT_LIMITS.heightJump),
    heightsPerSecond: integer(0, 10_000).default(DEFAULT_LIMITS.heightsPerSecond),
    roundMax: integer(0, 2_147_483_647).default(DEFAULT_LIMITS.roundMax),
  })
  .prefault({});

/** A height as CometBFT's files have it, or as a number where it is exact. */
const floor = z
  .union([z.string(), z.number().int().nonnegative()], 'expected a height, such as "1234567"')
  .transform((value, context) => {
    const height = /^[0-9]{1,19}$/.test(String(value)) ? BigInt(value) : 0n;
    if (height >= 1n && height <= HEIGHT_MAX) return height;
    context.addIssue({
      code: 'custom',
      message: `expected a height from 1 to ${HEIGHT_MAX}, found ${JSON.stringify(value)}`,
    });
    return z.NEVER;
  })
  .optional();

const chain = z.strictObject({
  chainId: chainIdText,
  nodes: z.array(nodeEntry).max(NODES_MAX).default([]),
  limits,
  extensions: z.enum(SIGN_EXTENSIONS, `expected one of ${SIGN_EXTENSIONS.join(', ')}`).default('when-wanted'),
  rawBytes: rawBytesEntry,
  floor,
});

const cosigner = z.strictObject({ name: cosignerName, id: integer(1, 65_535), address: hostPort });

export const configSchema = z.strictObject({
  cluster: clusterName,
  cosigner: cosignerName,
  threshold: integer(1, COSIGNERS_MAX),
  cosigners: z.array(cosigner).min(2, 'expected at least 2 cosigners').max(COSIGNERS_MAX),
  peer: z.strictObject({ listen: hostPort }),
  chains: z.array(chain).min(1, 'expected at least one chain').max(CHAINS_MAX),
  raft: z
    .strictObject({
      heartbeat: duration(10, 10_000).prefault('50ms'),
      election: duration(50, 60_000).prefault('300ms'),
    })
    .prefault({}),
  signing: z.strictObject({ deadline: duration(100, 60_000).prefault('2500ms') }).prefault({}),
  http: z.strictObject({ listen: listenAddress.default('127.0.0.1:7080') }).prefault({}),
  audit: z
    .strictObject({ redis: z.null('expected null: the Redis feed is not in this version').default(null) })
    .prefault({}),
  log: z
    .strictObject({ level: z.enum(LOG_LEVELS).default('info'), format: z.enum(LOG_FORMATS).default('json') })
    .prefault({}),
});

/** A checked configuration; durations are milliseconds. */
export type Config = z.output<typeof configSchema>;

function portOf(text: string): number {
  try {
    return parseListenAddress(text).port;
  } catch {
    return -1; // not an address at all; the schema's message says what is expected
  }
}
