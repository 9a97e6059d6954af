/**
 * CometBFT's own key and state files, read for a move onto threshold signing (privval-protocol, section 5.2).
 *
 * Address and public key are computed anew from the private key and must agree. Heights are strings; files of v0.33 and
 * older write the round as a string too.
 */

import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { compareHrs, type ParsedSignBytes, parseSignBytes, type Step } from '@quorumsign/sign-state';
import { z } from 'zod';
import { base64Bytes } from './base64.js';
import { KeystoreError } from './errors.js';
import { fields, parseJson, shortText, wholeNumber } from './json.js';
import { CHECK_THE_PATH, readKeyFile } from './private-file.js';

const ED25519 = 'tendermint/PrivKeyEd25519';
const STEPS: readonly (Step | undefined)[] = [undefined, 'proposal', 'prevote', 'precommit'];
/** DER of an Ed25519 private key up to the seed (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

const typed = fields({ type: shortText(0, 100), value: z.base64('expected base64') });
const keySchema = fields({ address: shortText(0, 100), pub_key: typed, priv_key: typed });
const DECIMAL = 'expected a decimal string';
const decimal = z.string(DECIMAL).regex(/^(0|[1-9][0-9]{0,18})$/, DECIMAL);
const HEXADECIMAL = 'expected hexadecimal digits';

const stateSchema = fields({
  height: decimal,
  round: z.union([wholeNumber(0), decimal], 'expected a whole number from 0, or a decimal string'),
  step: wholeNumber(0, 3),
  signature: base64Bytes(64).optional(),
  signbytes: z
    .string(HEXADECIMAL)
    .regex(/^([0-9A-Fa-f]{2})+$/, HEXADECIMAL)
    .optional(),
});

export interface ValidatorKey {
  /** 32 bytes; the caller wipes it. */
  readonly seed: Uint8Array;
  readonly publicKey: Uint8Array;
  /** Upper-case hexadecimal. */
  readonly address: string;
}

export interface ValidatorState {
  readonly height: bigint;
  readonly round: number;
  /** Undefined in the file of a validator that never signed. */
  readonly step: Step | undefined;
  readonly signBytes: ParsedSignBytes | undefined;
}

/** Reads `priv_validator_key.json`. @throws KeystoreError */
export async function importValidatorKey(file: string): Promise<ValidatorKey> {
  const content = await readKeyFile(file, false, CHECK_THE_PATH);
  let parsed: z.infer<typeof keySchema>;
  try {
    parsed = parseJson(file, content, keySchema);
  } finally {
    content.fill(0);
  }
  const { address, pub_key, priv_key } = parsed;
  if (priv_key.type !== ED25519) throw new KeystoreError({ code: 'KEY_TYPE_UNSUPPORTED', file, found: priv_key.type });
  const secret = Buffer.from(priv_key.value, 'base64');
  if (secret.length !== 64) {
    const problem = `expected a private key of 64 bytes, found ${secret.length}`;
    throw new KeystoreError({ code: 'KEY_FILE_MALFORMED', file, problem });
  }
  const seed = Uint8Array.from(secret.subarray(0, 32));
  const publicKey = publicKeyOf(seed);
  const stored = { publicKey: Buffer.from(pub_key.value, 'base64'), inPrivateKey: secret.subarray(32) };
  const own = addressOf(publicKey);
  const agrees =
    stored.publicKey.equals(publicKey) && stored.inPrivateKey.equals(publicKey) && address.toUpperCase() === own;
  secret.fill(0);
  if (!agrees) {
    seed.fill(0);
    const problem = `the private key belongs to address ${own}, but the file says ${address} or another public key; is it damaged?`;
    throw new KeystoreError({ code: 'KEY_FILE_MISMATCH', file, problem });
  }
  return { seed, publicKey, address: own };
}

/** Reads `priv_validator_state.json`. @throws KeystoreError */
export async function importValidatorState(file: string): Promise<ValidatorState> {
  const read = parseJson(file, await readKeyFile(file, false, CHECK_THE_PATH), stateSchema);
  const height = BigInt(read.height);
  const round = Number(read.round);
  const step = STEPS[read.step];
  if (height > 2n ** 63n - 1n || round > 2 ** 31 - 1) {
    throw new KeystoreError({
      code: 'KEY_FILE_MALFORMED',
      file,
      problem: 'expected an int64 height and an int32 round',
    });
  }
  if ((read.signature === undefined) !== (read.signbytes === undefined)) {
    const problem = 'expected signature and signbytes, which are written together, found only one of them';
    throw new KeystoreError({ code: 'KEY_FILE_MALFORMED', file, problem });
  }
  if (read.signbytes === undefined) return { height, round, step, signBytes: undefined };
  let signBytes: ParsedSignBytes;
  try {
    signBytes = parseSignBytes(Uint8Array.from(Buffer.from(read.signbytes, 'hex')));
  } catch (cause) {
    const problem = `sign bytes: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new KeystoreError({ code: 'KEY_FILE_MALFORMED', file, problem }, { cause });
  }
  if (step === undefined || compareHrs(signBytes, { height, round, step }) !== 0) {
    const problem = 'its sign bytes are of another height, round or step than the file says';
    throw new KeystoreError({ code: 'KEY_FILE_MISMATCH', file, problem });
  }
  return { height, round, step, signBytes };
}

/** First 20 bytes of the SHA-256 of the public key, upper-case hexadecimal. */
export function addressOf(publicKey: Uint8Array): string {
  return createHash('sha256').update(publicKey).digest('hex').slice(0, 40).toUpperCase();
}

function publicKeyOf(seed: Uint8Array): Uint8Array {
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return Uint8Array.from(spki.subarray(spki.length - 32));
}
