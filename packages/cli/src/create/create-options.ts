/** What `cluster create` was given, before anything is checked against anything else. */

import type { NodeConfig } from '../config/node-entry.js';

export interface CreateFlags {
  readonly chainId: string | undefined;
  readonly cluster: string | undefined;
  readonly threshold: string | undefined;
  /** NAME=HOST:PORT */
  readonly cosigner: readonly string[];
  /** URL or NAME=URL */
  readonly node: readonly string[];
  /** HOST:PORT or NAME=HOST:PORT */
  readonly http: readonly string[];
  /** grpc://HOST:PORT or NAME=grpc://HOST:PORT */
  readonly listen: readonly string[];
  /** one-way or mutual */
  readonly tls: string | undefined;
  readonly tlsCertificate: string | undefined;
  readonly tlsKey: string | undefined;
  readonly tlsClientCa: string | undefined;
  readonly key: string | undefined;
  readonly state: string | undefined;
  readonly floor: string | undefined;
  readonly neverSigned: boolean;
  readonly passphraseFile: string | undefined;
  readonly plaintextShares: boolean;
  readonly out: string;
}

export interface PlannedCosigner {
  readonly name: string;
  /** Share identifier: 1 to n, in the order of the flags. */
  readonly id: number;
  /** Where the others dial it. */
  readonly address: string;
  /** Where it listens for them. */
  readonly peerListen: string;
  readonly httpListen: string;
  /** Paths are those in the home. */
  readonly nodes: readonly NodeConfig[];
}

/** The files of a server for nodes, where they are now. */
export type NodeTlsSources =
  | { readonly mode: 'one-way'; readonly certificate: string; readonly key: string }
  | { readonly mode: 'mutual'; readonly certificate: string; readonly key: string; readonly clientCa: string };

/** A cluster to be written; everything in it was checked. */
export interface ClusterPlan {
  readonly cluster: string;
  readonly chainId: string;
  readonly threshold: number;
  readonly cosigners: readonly PlannedCosigner[];
  /** To be copied into each home's `tls/`; undefined where no node dials, or in plain text. */
  readonly nodeTls: NodeTlsSources | undefined;
}
