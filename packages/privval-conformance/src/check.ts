/**
 * What a check is: one sentence about signers, how much nodes depend on it, and a try that finds out.
 */

import type { Scene } from './scene.js';

/**
 * `must`: a correct node of some version misbehaves without it. `should`: what keeps a validator signing without its operator, and
 * against input that only a broken or hostile node sends; the reference signer of CometBFT 0.38 lacks some of it. `may`: for
 * information; it never fails the whole.
 */
export type Level = 'must' | 'should' | 'may';

export interface Check {
  readonly title: string;
  readonly level: Level;
  /** Only over tcp: unix sockets have no handshake. */
  readonly tcpOnly?: boolean;
  /** Resolves when the signer is as the title says, with words for the table if there are any. @throws Unmet, or any error */
  run(scene: Scene): Promise<string | undefined>;
}

/** The signer is not as the title says. */
export class Unmet extends Error {
  override readonly name = 'Unmet';

  constructor(expected: string, found: string) {
    super(`expected ${expected}, found ${found}`);
  }
}

export function expectThat(holds: boolean, expected: string, found: string): void {
  if (!holds) throw new Unmet(expected, found);
}
