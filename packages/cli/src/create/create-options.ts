/** What `cluster create` was given, before anything is checked against anything else. */

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
  /** grpc://…; refused in this version */
  readonly listen: readonly string[];
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
  readonly nodes: readonly string[];
}

/** A cluster to be written; everything in it was checked. */
export interface ClusterPlan {
  readonly cluster: string;
  readonly chainId: string;
  readonly threshold: number;
  readonly cosigners: readonly PlannedCosigner[];
}
