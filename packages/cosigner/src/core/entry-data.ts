/**
 * What the entries of the replicated log hold, and its snapshots, to and from bytes. To Raft they are bytes; what they mean is in
 * `replicated-state.ts`.
 */

import type { ParsedSignBytes } from '@quorumsign/sign-state';
import { EntryData, type Intent, ReplicatedSnapshot, type Result } from '../gen/cosigner/cosigner.js';

const SNAPSHOT_VERSION = 1;
const SIGNATURE_BYTES = 64;
const HASH_BYTES = 32;

type SnapshotData = Pick<ReplicatedSnapshot, 'intents' | 'results'>;

export function encodeIntent(message: ParsedSignBytes): Uint8Array {
  const intent: Intent = { signBytes: message.bytes };
  return EntryData.encode({ kind: { $case: 'intent', intent } }).finish();
}

export function encodeResult(result: Result): Uint8Array {
  return EntryData.encode({ kind: { $case: 'result', result } }).finish();
}

/** Undefined for what cannot be read: committed by a newer version or by a liar, and nothing is signed for it. */
export function decodeEntryData(data: Uint8Array): EntryData['kind'] {
  if (data.length === 0) return undefined;
  try {
    return EntryData.decode(data).kind;
  } catch {
    return undefined;
  }
}

/** Whether signatures and hash have the lengths that they have; whether they are true is asked later. */
export function isWellFormed({ signature, extensionHash, extensionSignature }: Result): boolean {
  const [hash, extension] = [extensionHash.length, extensionSignature.length];
  const isBoth = hash === HASH_BYTES && extension === SIGNATURE_BYTES;
  return signature.length === SIGNATURE_BYTES && (isBoth || (hash === 0 && extension === 0));
}

export function encodeSnapshotData({ intents, results }: SnapshotData): Uint8Array {
  return ReplicatedSnapshot.encode({ version: SNAPSHOT_VERSION, results, intents }).finish();
}

/**
 * A Raft snapshot's data; none of it: a log that begins anew.
 *
 * @throws Error when it cannot be read
 */
export function decodeSnapshotData(data: Uint8Array): SnapshotData {
  if (data.length === 0) return { intents: [], results: [] };
  const snapshot = ReplicatedSnapshot.decode(data);
  if (snapshot.version !== SNAPSHOT_VERSION) {
    throw new Error(`expected replicated snapshot version ${SNAPSHOT_VERSION}, found ${snapshot.version}`);
  }
  return snapshot;
}
