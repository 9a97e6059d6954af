/**
 * What a cosigner says about itself and the cluster, and the JSON in which scripts read it. The names of the JSON are a
 * promise to operators: add, never rename. Heights are decimal strings, as in CometBFT's own files.
 */

import { createHash } from 'node:crypto';

export interface ConsolePeer {
  readonly name: string;
  readonly connected: boolean;
  readonly rttMs: number | undefined;
  readonly lastError?: string | undefined;
  readonly fenced?: boolean;
}

export interface ConsoleNode {
  readonly address: string;
  readonly connected: boolean;
  /** By cause, since the start; undefined for an address where nodes dial. */
  readonly failures?: Readonly<Record<string, number>>;
  readonly lastFailure?: { readonly cause: string; readonly error: string; readonly ageMs: number } | undefined;
}

export interface ConsoleChain {
  readonly chainId: string;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Undefined before the first signature where there is no floor. */
  readonly mark: { readonly height: bigint; readonly round: number; readonly step: string } | undefined;
  /** Nonce pairs in stock. */
  readonly nonces: number;
  readonly nodes: readonly ConsoleNode[];
}

export interface ConsoleStatus {
  readonly cluster: string;
  readonly cosigner: string;
  readonly version: string;
  readonly ready: boolean;
  readonly role: string;
  readonly leader: string | undefined;
  readonly term: bigint;
  readonly threshold: number;
  /** Cosigners that may lie or be cloned before two signatures become possible: 2t − n − 1. */
  readonly safetyMargin: number;
  readonly peers: readonly ConsolePeer[];
  readonly chains: readonly ConsoleChain[];
}

export interface StatusJson {
  readonly cluster: string;
  readonly cosigner: string;
  readonly version: string;
  readonly ready: boolean;
  readonly role: string;
  readonly leader: string | null;
  readonly term: number;
  readonly threshold: number;
  readonly safetyMargin: number;
  readonly peers: readonly {
    readonly name: string;
    readonly connected: boolean;
    readonly rttMs: number | null;
    readonly fenced: boolean;
    readonly lastError?: string;
  }[];
  readonly chains: readonly {
    readonly chainId: string;
    /** Base64. */
    readonly publicKey: string;
    /** Upper-case hex. */
    readonly address: string;
    readonly height: string | null;
    readonly round: number | null;
    readonly step: string | null;
    readonly nodes: readonly NodeJson[];
    readonly nonces: number;
  }[];
}

export interface NodeJson {
  readonly address: string;
  readonly connected: boolean;
  /** How often its connection failed or was lost, by cause; absent for an address where nodes dial. */
  readonly failures?: Readonly<Record<string, number>>;
  /** Absent before the first. */
  readonly lastFailure?: { readonly cause: string; readonly error: string; readonly ageMs: number };
}

/** The JSON of `/status`, of the admin socket and of `status -o json`. */
export function renderStatus(status: ConsoleStatus): StatusJson {
  const { cluster, cosigner, version, ready, role, leader, term, threshold, safetyMargin } = status;
  return {
    cluster,
    cosigner,
    version,
    ready,
    role,
    leader: leader ?? null,
    term: Number(term),
    threshold,
    safetyMargin,
    peers: status.peers.map((peer) => ({
      name: peer.name,
      connected: peer.connected,
      rttMs: peer.rttMs === undefined ? null : roundTo(peer.rttMs, 2),
      fenced: peer.fenced ?? false,
      ...(peer.lastError === undefined ? {} : { lastError: peer.lastError }),
    })),
    chains: status.chains.map(({ chainId, publicKey, mark, nodes, nonces }) => ({
      chainId,
      publicKey: Buffer.from(publicKey).toString('base64'),
      address: validatorAddress(publicKey),
      height: mark === undefined ? null : mark.height.toString(),
      round: mark?.round ?? null,
      step: mark?.step ?? null,
      nodes: nodes.map(renderNode),
      nonces,
    })),
  };
}

function renderNode({ address, connected, failures, lastFailure }: ConsoleNode): NodeJson {
  return {
    address,
    connected,
    ...(failures === undefined ? {} : { failures }),
    ...(lastFailure === undefined ? {} : { lastFailure: { ...lastFailure, ageMs: Math.round(lastFailure.ageMs) } }),
  };
}

/**
 * The address by which CometBFT knows an Ed25519 key: the first 20 bytes of its SHA-256, upper-case hex
 * (crypto/ed25519 and crypto/tmhash of CometBFT).
 */
export function validatorAddress(publicKey: Uint8Array): string {
  return createHash('sha256').update(publicKey).digest('hex').slice(0, 40).toUpperCase();
}

function roundTo(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
