/** What a cosigner is made of; read, checked and unlocked by the composition root. */

import type { GroupPublic, SigningShare } from '@quorumsign/frost';
import type { RawBytesPolicy } from '@quorumsign/sign-state';
import type { ChainLimits } from '../core/limits.js';

export interface CosignerConfig {
  readonly cluster: string;
  readonly cosigner: string;
  readonly threshold: number;
  readonly members: readonly { readonly name: string; readonly identifier: number; readonly address: string }[];
  /** `host:port` for the other cosigners. */
  readonly peerListen: string;
  readonly chains: readonly {
    readonly chainId: string;
    readonly group: GroupPublic;
    readonly share: SigningShare;
    readonly limits: ChainLimits;
    /** Which bytes without height, round and step are signed, if any. */
    readonly rawBytes: RawBytesPolicy;
    /** Nodes to dial, `tcp://` or `unix://`. */
    readonly nodes: readonly { readonly address: string }[];
  }[];
  readonly heartbeatMs: number;
  readonly electionMs: number;
  /** A request is held this long. */
  readonly deadlineMs: number;
  readonly storeDirectory: string;
  readonly tls: { readonly caPem: string; readonly certificatePem: string; readonly keyPem: string };
  /** 32 bytes: SecretConnection identity towards nodes. */
  readonly nodeIdentitySeed: Uint8Array;
}

type LogLine = (fields: Readonly<Record<string, unknown>>, message: string) => void;

export interface Logger {
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
}

/** Told of what happens, for metrics; must not throw. */
export interface CosignerObserver {
  signed(observed: { chainId: string; step: string; latencyMs: number }): void;
  denied(observed: { chainId: string }): void;
  failed(observed: { chainId: string }): void;
  roleChanged(observed: { role: string; term: bigint; leader: string | undefined }): void;
  badShare(observed: { culprits: readonly string[] }): void;
  hedged(observed: { chainId: string }): void;
}
