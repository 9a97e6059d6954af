/**
 * What the replicated log says: which bytes an HRS was given (intents), and the finished signatures (results).
 *
 * It is folded from the log as it stands, committed or not. That is safe: a result counts only once its signature has been
 * verified, and a verified signature is true whatever becomes of its entry; an intent is only a preference, which the
 * marks of t cosigners must still allow. Until it is verified a result is a claim of whoever led, and it is verified when it
 * is asked for: few ever are. Results of the last heights are kept, because a slower sentry asks for the prevote after the
 * precommit.
 */

import { compareHrs, equalBytes, type Hrs, hrsKey, type ParsedSignBytes } from '@quorumsign/sign-state';
import type { Entry } from 'raft-ts';
import type { Result } from '../gen/cosigner/cosigner.js';
import { bytesToHex, hexToBytes } from './bytes.js';
import { decodeEntryData, decodeSnapshotData, encodeSnapshotData, isWellFormed } from './entry-data.js';

/** Heights for which results are kept behind the highest. */
export const RESULT_HEIGHTS_KEPT = 16n;
/** Claims kept for each chain: more than the votes and proposals of the heights that are kept. */
const CLAIMS_MAX = 64;
/** Intents kept over all chains, the newest: many times the votes and proposals of the heights that are kept. */
export const INTENTS_MAX = 4096;
/** Signatures of extensions kept for one vote, the newest. */
const EXTENSIONS_MAX = 16;

export interface LoggedIntent {
  readonly index: bigint;
  readonly term: bigint;
  readonly message: ParsedSignBytes;
}

/** A finished signature that verifies. */
export interface VerifiedResult {
  readonly message: ParsedSignBytes;
  readonly signature: Uint8Array;
  /** By hexadecimal SHA-256 of the extension's sign bytes. */
  readonly extensions: Map<string, Uint8Array>;
}

/** What a leader said was signed. */
interface Claim {
  readonly message: ParsedSignBytes;
  readonly result: Result;
}

interface ChainLog {
  /** By HRS; in log order. */
  readonly intents: Map<string, LoggedIntent[]>;
  readonly results: Map<string, VerifiedResult>;
  highest: VerifiedResult | undefined;
  /** In log order. */
  claims: Claim[];
}

export interface ReplicatedStateDeps {
  /** Strict, as `parseSignBytes`. */
  parse(signBytes: Uint8Array): ParsedSignBytes;
  isOurs(chainId: string): boolean;
  /** Native Ed25519 verification against the chain's group key; false for a chain that is not ours. */
  verify(chainId: string, message: Uint8Array, signature: Uint8Array): boolean;
}

export class ReplicatedState {
  readonly #chains = new Map<string, ChainLog>();
  readonly #intentsByIndex = new Map<bigint, LoggedIntent>();
  readonly #deps: ReplicatedStateDeps;

  constructor(deps: ReplicatedStateDeps) {
    this.#deps = deps;
  }

  /** An entry was appended to the log. Entries that cannot be read are passed over: no share follows from them. */
  append(entry: Entry): void {
    const kind = decodeEntryData(entry.data);
    if (kind?.$case === 'intent') {
      const message = this.#parseOrUndefined(kind.intent.signBytes);
      if (message !== undefined) this.#addIntent({ index: entry.index, term: entry.term, message });
    } else if (kind?.$case === 'result') {
      this.claim(kind.result);
    }
  }

  /** The log was cut: entries from `from` on are gone. Results stay: what was verified stays true. */
  truncate(from: bigint): void {
    for (const [index, intent] of this.#intentsByIndex) if (index >= from) this.#removeIntent(intent);
  }

  /** A result whose signature the caller has verified. The first one for an HRS stays. */
  addVerified(message: ParsedSignBytes, signature: Uint8Array, extensionHash: string, extension: Uint8Array): void {
    const chain = this.#chain(message.chainId);
    const key = hrsKey(message);
    const before = chain.results.get(key);
    const result = before ?? { message, signature, extensions: new Map<string, Uint8Array>() };
    if (extensionHash !== '' && !result.extensions.has(extensionHash)) {
      result.extensions.set(extensionHash, extension);
      const [oldest] = result.extensions.keys();
      if (result.extensions.size > EXTENSIONS_MAX && oldest !== undefined) result.extensions.delete(oldest);
    }
    if (before !== undefined) return;
    chain.results.set(key, result);
    if (chain.highest === undefined || compareHrs(message, chain.highest.message) > 0) chain.highest = result;
    this.#prune(chain);
  }

  result(chainId: string, hrs: Hrs): VerifiedResult | undefined {
    const chain = this.#chains.get(chainId);
    if (chain === undefined) return undefined;
    this.#verifyClaims(chain, ({ message }) => compareHrs(message, hrs) === 0);
    return chain.results.get(hrsKey(hrs));
  }

  highestResult(chainId: string): VerifiedResult | undefined {
    const chain = this.#chains.get(chainId);
    if (chain !== undefined) this.#verifyHighest(chain);
    return chain?.highest;
  }

  /** The highest result, where it is above an HRS. */
  resultAbove(chainId: string, hrs: Hrs): VerifiedResult | undefined {
    const chain = this.#chains.get(chainId);
    if (chain === undefined) return undefined;
    // Nothing is verified for a request that even the claims are not above, and that is nearly every one.
    if (chain.claims.some(({ message }) => compareHrs(message, hrs) > 0)) this.#verifyHighest(chain);
    const { highest } = chain;
    return highest !== undefined && compareHrs(highest.message, hrs) > 0 ? highest : undefined;
  }

  /** The latest intent for an HRS in the log. */
  latestIntent(chainId: string, hrs: Hrs): LoggedIntent | undefined {
    return this.#chains.get(chainId)?.intents.get(hrsKey(hrs))?.at(-1);
  }

  intentAt(index: bigint): LoggedIntent | undefined {
    return this.#intentsByIndex.get(index);
  }

  /** Signatures of the last heights, verified or not. */
  results(): Result[] {
    const results: Result[] = [];
    for (const { results: kept, claims } of this.#chains.values()) {
      results.push(...claims.map(({ result }) => result));
      for (const { message, signature, extensions } of kept.values()) {
        const first = [...extensions][0];
        results.push({
          signBytes: message.bytes,
          signature,
          extensionHash: first === undefined ? new Uint8Array() : hexToBytes(first[0]),
          extensionSignature: first?.[1] ?? new Uint8Array(),
        });
      }
    }
    return results;
  }

  /** State of the log up to `index`, for a Raft snapshot. */
  encodeSnapshot(index: bigint): Uint8Array {
    const intents = [...this.#intentsByIndex.values()]
      .filter((intent) => intent.index <= index)
      .map(({ index: at, term, message }) => ({ index: at, term, intent: { signBytes: message.bytes } }));
    return encodeSnapshotData({ results: this.results(), intents });
  }

  /** Takes a snapshot's data in. Results only add; all intents are replaced. */
  restoreSnapshot(data: Uint8Array): void {
    const snapshot = decodeSnapshotData(data);
    this.truncate(0n);
    for (const { index, term, intent } of snapshot.intents) {
      const message = this.#parseOrUndefined(intent?.signBytes ?? new Uint8Array());
      if (message !== undefined) this.#addIntent({ index, term, message });
    }
    for (const result of snapshot.results) this.claim(result);
  }

  /** What cannot be read strictly is never signed: a newer version committed it, or a liar. */
  #parseOrUndefined(signBytes: Uint8Array): ParsedSignBytes | undefined {
    try {
      return this.#deps.parse(signBytes);
    } catch {
      return undefined;
    }
  }

  #chain(chainId: string): ChainLog {
    let chain = this.#chains.get(chainId);
    if (chain === undefined) {
      chain = { intents: new Map(), results: new Map(), highest: undefined, claims: [] };
      this.#chains.set(chainId, chain);
    }
    return chain;
  }

  /** Somebody says that this was signed. */
  claim(result: Result): void {
    if (!isWellFormed(result)) return;
    const message = this.#parseOrUndefined(result.signBytes);
    if (message === undefined || !this.#deps.isOurs(message.chainId)) return;
    const chain = this.#chain(message.chainId);
    const claim = { message, result };
    if (isKnown(chain, claim)) {
      this.#add(claim);
      return;
    }
    chain.claims.push(claim);
    if (chain.claims.length <= CLAIMS_MAX) return;
    this.#verifyHighest(chain);
    if (chain.claims.length > CLAIMS_MAX) this.#verifyClaims(chain, () => true);
  }

  /** Verifies claims from the highest down until one is true: that is the highest result. */
  #verifyHighest(chain: ChainLog): void {
    const isAbove = ({ message }: Claim) =>
      chain.highest === undefined || compareHrs(message, chain.highest.message) > 0;
    const above = chain.claims.filter(isAbove).sort((a, b) => compareHrs(b.message, a.message));
    for (const { message } of above) {
      if (chain.highest !== undefined && compareHrs(message, chain.highest.message) <= 0) break;
      this.#verifyClaims(chain, (claim) => compareHrs(claim.message, message) === 0);
    }
  }

  /** Of the claims that are picked the true ones become results, and the others are forgotten. */
  #verifyClaims(chain: ChainLog, isPicked: (claim: Claim) => boolean): void {
    if (chain.claims.length === 0) return;
    const picked = chain.claims.filter(isPicked);
    if (picked.length === 0) return;
    chain.claims = chain.claims.filter((claim) => !picked.includes(claim));
    for (const claim of picked) {
      const { message, result } = claim;
      if (isKnown(chain, claim) || this.#deps.verify(message.chainId, message.bytes, result.signature))
        this.#add(claim);
    }
  }

  /** A claim that is true. */
  #add({ message, result }: Claim): void {
    this.addVerified(message, result.signature, bytesToHex(result.extensionHash), result.extensionSignature);
  }

  #addIntent(intent: LoggedIntent): void {
    const { intents } = this.#chain(intent.message.chainId);
    const key = hrsKey(intent.message);
    const list = intents.get(key);
    if (list === undefined) intents.set(key, [intent]);
    else list.push(intent);
    this.#intentsByIndex.set(intent.index, intent);
    // What an earlier leader made up must not fill the snapshot. An intent that is missed is proposed again.
    const [oldest] = this.#intentsByIndex.values();
    if (this.#intentsByIndex.size > INTENTS_MAX && oldest !== undefined) this.#removeIntent(oldest);
  }

  #removeIntent(intent: LoggedIntent): void {
    this.#intentsByIndex.delete(intent.index);
    const { intents } = this.#chain(intent.message.chainId);
    const key = hrsKey(intent.message);
    const left = (intents.get(key) ?? []).filter((each) => each !== intent);
    if (left.length > 0) intents.set(key, left);
    else intents.delete(key);
    const { chainId } = intent.message;
    if (intents.size === 0 && !this.#deps.isOurs(chainId)) this.#chains.delete(chainId);
  }

  /** What is far behind the highest result is forgotten. */
  #prune(chain: ChainLog): void {
    const highest = chain.highest?.message.height ?? 0n;
    chain.claims = chain.claims.filter(({ message: { height } }) => height + RESULT_HEIGHTS_KEPT >= highest);
    // To the end of each: one that a liar put far ahead must not keep what is behind it.
    for (const [key, result] of chain.results) {
      if (result.message.height + RESULT_HEIGHTS_KEPT < highest) chain.results.delete(key);
    }
    for (const list of chain.intents.values()) {
      const first = list[0];
      if (first === undefined || first.message.height + RESULT_HEIGHTS_KEPT >= highest) continue;
      for (const intent of [...list]) this.#removeIntent(intent);
    }
  }
}

/** The signature has been verified before: a leader's own results come back to it through the log. */
function isKnown(chain: ChainLog, { message, result }: Claim): boolean {
  const known = chain.results.get(hrsKey(message));
  return (
    known !== undefined &&
    equalBytes(known.message.bytes, message.bytes) &&
    equalBytes(known.signature, result.signature)
  );
}
