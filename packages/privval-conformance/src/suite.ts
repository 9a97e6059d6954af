/**
 * All checks against one signer that dials us, one after the other, and the table of what was found.
 */

import { randomBytes } from 'node:crypto';
import { systemClock, TestNode } from '@quorumsign/privval';
import { type Check, type Level, Unmet } from './check.js';
import { BAD_INPUT } from './checks/bad-input.js';
import { CONNECTION } from './checks/connection.js';
import { DOUBLE_SIGNS } from './checks/double-signs.js';
import { MESSAGES } from './checks/messages.js';
import { PUBLIC_KEY } from './checks/public-key.js';
import { TIMING } from './checks/timing.js';
import { Presence } from './presence.js';
import { Scene } from './scene.js';

export const GROUPS: readonly { readonly name: string; readonly checks: readonly Check[] }[] = [
  { name: 'public key', checks: PUBLIC_KEY },
  { name: 'messages', checks: MESSAGES },
  { name: 'double signs', checks: DOUBLE_SIGNS },
  { name: 'bad input', checks: BAD_INPUT },
  { name: 'connection', checks: CONNECTION },
  { name: 'timing', checks: TIMING },
];

export interface SuiteOptions {
  /** `tcp://host:port` or `unix:///path`: where we listen, as a node does, and the signer dials. */
  readonly listen: string;
  readonly chainId: string;
  /** First height that is asked for; everything above must be free to be signed. */
  readonly startHeight: bigint;
  /** For the signer to dial at first, and again once it was lost and told so. */
  readonly waitMs: number;
  /** For the signer to be there again after a check, by itself. Default 6000: above the five seconds after which real signers drop a silent node. */
  readonly redialMs?: number;
  /** For one answer. Default 5000, as nodes wait. */
  readonly readTimeoutMs?: number;
}

export interface SuiteEvents {
  /** The signer can dial this address. */
  readonly listening?: (address: string) => void;
  readonly told?: (result: Result) => void;
  /** The signer did not come back by itself after a check: whoever runs it may start it again, as a supervisor would. */
  readonly lost?: (result: Result) => void;
}

export interface Result {
  readonly group: string;
  readonly title: string;
  readonly level: Level;
  readonly verdict: 'passed' | 'failed' | 'not applicable' | 'not run';
  /** What came, in words. */
  readonly detail: string;
}

/** Tries of a request beyond the first. A real node has fifty; one is enough to come back on a new connection, and a check ends. */
const RETRIES = 1;
/** As a node waits for a connection when a request needs one. */
const CONNECTION_WAIT_MS = 3000;

/**
 * Listens, waits for the signer, runs every check. A signer that a check has lost is waited for before the next, so that each check
 * is judged by itself; when it stays away the rest is not run.
 *
 * @throws TestNodeError `NO_CONNECTION` when no signer came at first
 */
export async function runSuite(options: SuiteOptions, events: SuiteEvents = {}): Promise<Result[]> {
  const { listen, chainId, startHeight, waitMs, redialMs = 6000, readTimeoutMs = 5000 } = options;
  const node = new TestNode(
    {
      listen,
      chainId,
      extensionsEnabled: true,
      connectionWaitMs: Math.min(CONNECTION_WAIT_MS, redialMs),
      retries: RETRIES,
      readTimeoutMs,
      pingMs: 0,
    },
    { clock: systemClock, randomBytes: (length) => Uint8Array.from(randomBytes(length)) },
  );
  await node.start();
  try {
    events.listening?.(node.address);
    const presence = new Presence(node, systemClock);
    await presence.first(waitMs);
    const scene = new Scene(node, chainId, startHeight);
    const results: Result[] = [];
    let there = true;
    for (const { name: group, checks } of GROUPS) {
      for (const check of checks) {
        const result = there ? await runCheck(group, check, scene, listen.startsWith('tcp://')) : notRun(group, check);
        if (there && !(await presence.within(redialMs))) {
          events.lost?.(result);
          there = await presence.within(waitMs);
        }
        results.push(result);
        events.told?.(result);
      }
    }
    return results;
  } finally {
    await node.stop();
  }
}

/** Whether everything that nodes need is there; with `strict` also what operators want. What was not run is not there. */
export function conforms(results: readonly Result[], strict: boolean): boolean {
  const counts = (level: Level) => level === 'must' || (strict && level === 'should');
  return !results.some(({ level, verdict }) => (verdict === 'failed' || verdict === 'not run') && counts(level));
}

function notRun(group: string, { title, level }: Check): Result {
  return { group, title, level, verdict: 'not run', detail: 'the signer is gone' };
}

async function runCheck(group: string, check: Check, scene: Scene, tcp: boolean): Promise<Result> {
  const { title, level, tcpOnly = false } = check;
  if (tcpOnly && !tcp) return { group, title, level, verdict: 'not applicable', detail: 'tcp only' };
  try {
    return { group, title, level, verdict: 'passed', detail: (await check.run(scene)) ?? '' };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const detail = error instanceof Unmet ? message : `no verdict: ${message}`;
    return { group, title, level, verdict: 'failed', detail };
  }
}
