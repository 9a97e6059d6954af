/** Signers in memory that a suite is held against: one that is as it should be, and ways for it not to be. */

import { createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';
import {
  createNodeDialer,
  type NodeDialer,
  type NodeDialerOptions,
  type SignerBackend,
  type SignOutcome,
  type SignRequest,
  systemClock,
} from '@quorumsign/privval';
import { checkSign, type ParsedSignBytes, parseSignBytes } from '@quorumsign/sign-state';

export const CHAIN_ID = 'suite-1';

/** PKCS #8 of an Ed25519 key, up to the seed (RFC 8410). */
const PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const keyOf = (fill: number) =>
  createPrivateKey({ key: Buffer.concat([PREFIX, Buffer.alloc(32, fill)]), format: 'der', type: 'pkcs8' });

/** Signs by the rule of the reference signer, with a key of its own. */
export class RuleBackend implements SignerBackend {
  readonly key = keyOf(42);
  #last: { readonly parsed: ParsedSignBytes; readonly signature: Uint8Array } | undefined;

  publicKey(chainId: string): Uint8Array | undefined {
    if (chainId !== CHAIN_ID) return undefined;
    const der = createPublicKey(this.key).export({ format: 'der', type: 'spki' });
    return Uint8Array.from(der.subarray(-32));
  }

  async sign(request: SignRequest): Promise<SignOutcome> {
    const parsed = parseSignBytes(request.signBytes);
    const verdict = checkSign(this.#last && { ...this.#last.parsed, signBytes: this.#last.parsed }, parsed);
    if (verdict.kind === 'denied') return { kind: 'denied', message: verdict.reason };
    if (verdict.kind === 'new' || this.#last === undefined) {
      this.#last = { parsed, signature: sign(null, request.signBytes, this.key) };
    }
    const { extensionSignBytes } = request;
    return {
      kind: 'signed',
      signature: this.#last.signature,
      timestamp: this.#last.parsed.timestamp,
      extensionSignature: extensionSignBytes && sign(null, extensionSignBytes, this.key),
    };
  }

  async signRaw(): Promise<{ kind: 'denied'; message: string }> {
    return { kind: 'denied', message: 'raw bytes are off' };
  }
}

/** Signs whatever it is asked. */
export class LawlessBackend extends RuleBackend {
  override async sign({ signBytes, extensionSignBytes }: SignRequest): Promise<SignOutcome> {
    return {
      kind: 'signed',
      signature: sign(null, signBytes, this.key),
      timestamp: parseSignBytes(signBytes).timestamp,
      extensionSignature: extensionSignBytes && sign(null, extensionSignBytes, this.key),
    };
  }
}

/** Signs with another key than it shows. */
export class StrangeKeyBackend extends RuleBackend {
  override publicKey(chainId: string): Uint8Array | undefined {
    return super.publicKey(chainId) && Buffer.alloc(32, 9);
  }
}

/** Shows a key of its own at each question. */
export class FickleKeyBackend extends RuleBackend {
  #asked = 0;

  override publicKey(chainId: string): Uint8Array | undefined {
    return super.publicKey(chainId) && Buffer.alloc(32, ++this.#asked);
  }
}

/** Answers a vote that it has signed with its time of now: the request's. */
export class ForgetfulBackend extends RuleBackend {
  override async sign(request: SignRequest): Promise<SignOutcome> {
    const outcome = await super.sign(request);
    if (outcome.kind !== 'signed') return outcome;
    const { timestamp } = parseSignBytes(request.signBytes);
    return { ...outcome, timestamp, signature: sign(null, request.signBytes, this.key) };
  }
}

/** Dials like ours does, soon. */
export function dialerOf(
  address: string,
  backend: SignerBackend,
  tuning: Partial<NodeDialerOptions> = {},
  onStateChange: (dialer: NodeDialer, state: string) => void = () => {},
): NodeDialer {
  const silent = { info: () => {}, warn: () => {}, error: () => {} };
  const dialer: NodeDialer = createNodeDialer(
    { address, chainId: CHAIN_ID, identityKeySeed: randomBytes(32), backend, redialMs: 10, ...tuning },
    {
      clock: systemClock,
      logger: silent,
      randomBytes: (length) => Uint8Array.from(randomBytes(length)),
      onStateChange: ({ state }) => onStateChange(dialer, state),
    },
  );
  return dialer;
}
