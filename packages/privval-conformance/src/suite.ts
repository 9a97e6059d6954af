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
  /** For the signer to dial. */
  readonly waitMs: number;
}

export interface Result {
  readonly group: string;
  readonly title: string;
  readonly level: Level;
  readonly verdict: 'passed' | 'failed' | 'not applicable';
  /** What came, in words. */
  readonly detail: string;
}

/**
 * Listens, waits for the signer, runs every check.
 *
 * @param listening - called with the address, once the signer can dial
 * @throws TestNodeError `NO_CONNECTION` when no signer came
 */
export async function runSuite(
  options: SuiteOptions,
  listening: (address: string) => void,
  told: (result: Result) => void = () => {},
): Promise<Result[]> {
  const { listen, chainId, startHeight, waitMs } = options;
  const node = new TestNode(
    { listen, chainId, extensionsEnabled: true, connectionWaitMs: waitMs, retries: 30, readTimeoutMs: 5000, pingMs: 0 },
    { clock: systemClock, randomBytes: (length) => Uint8Array.from(randomBytes(length)) },
  );
  await node.start();
  try {
    listening(node.address);
    await node.getPublicKey();
    const scene = new Scene(node, chainId, startHeight);
    const results: Result[] = [];
    for (const { name: group, checks } of GROUPS) {
      for (const check of checks) {
        const result = await runCheck(group, check, scene, listen.startsWith('tcp://'));
        results.push(result);
        told(result);
      }
    }
    return results;
  } finally {
    await node.stop();
  }
}

/** Whether everything that nodes need is there; with `strict` also what operators want. */
export function conforms(results: readonly Result[], strict: boolean): boolean {
  const counts = (level: Level) => level === 'must' || (strict && level === 'should');
  return !results.some(({ level, verdict }) => verdict === 'failed' && counts(level));
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
