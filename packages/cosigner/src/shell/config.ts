/** What a cosigner is made of; read, checked and unlocked by the composition root. */

import type { GroupPublic, SigningShare } from '@quorumsign/frost';
import type { NodeServerTls, SignExtensions } from '@quorumsign/privval';
import type { MarkRecord, RawBytesPolicy } from '@quorumsign/sign-state';
import type { ChainLimits } from '../core/limits.js';

/** How a node and this cosigner meet: one of them dials the other. */
export type NodeEndpoint =
  | { readonly kind: 'dial' /** What `parseNodeAddress` reads. */; readonly address: string }
  | {
      readonly kind: 'listen';
      /** `grpc://host:port` */
      readonly listen: string;
      /** Paths are absolute. */
      readonly tls: NodeServerTls;
    };

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
    /** Whether vote extensions are signed. */
    readonly signExtensions: SignExtensions;
    /** Nothing at or below it is ever signed; undefined: what the store says is all. */
    readonly floor: MarkRecord | undefined;
    readonly nodes: readonly NodeEndpoint[];
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
