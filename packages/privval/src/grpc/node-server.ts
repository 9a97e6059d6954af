/**
 * Where nodes dial the signer: gRPC, service `tendermint.privval.PrivValidatorAPI` (Tendermint 0.35, Sei).
 *
 * One server is one address of one chain. It answers with the same request handling as the raw transports; what differs
 * is how refusals and silences are said: a refusal is a status that the node does not retry, a request that may still be
 * signed elsewhere is UNAVAILABLE, which it does.
 */

import type { Clock } from '../clock.js';
import type { Logger } from '../logger.js';
import type { SignExtensions } from '../requests/sign-checks.js';
import type { SignerBackend } from '../signer-backend.js';
import type { Refusal } from './refusal-log.js';

/** TLS 1.3 only. Files are PEM; they are read again when they change, without dropping live connections. */
export type NodeServerTls =
  /** Plain text: whoever reaches the port gets signatures. Warned about at start unless the address is a loopback one. */
  | { readonly mode: 'none' }
  /** The node checks the signer. */
  | { readonly mode: 'one-way'; readonly certificateFile: string; readonly keyFile: string }
  /** The signer checks the node too: its certificate ends in `clientCaFile` and, where given, is one of `allowed`. */
  | {
      readonly mode: 'mutual';
      readonly certificateFile: string;
      readonly keyFile: string;
      readonly clientCaFile: string;
      readonly allowed?: {
        /** As `certs show` prints them: `DNS:sentry-0`, `IP:10.0.1.9`, `URI:…`. One of the certificate's must be here. */
        readonly subjectAltNames?: readonly string[];
        /** SHA-256 of the DER, hex, colons and case ignored. */
        readonly fingerprints?: readonly string[];
      };
    };

export interface NodeServerOptions {
  /** `grpc://host:port`; port 0 takes a free one. */
  readonly listen: string;
  readonly chainId: string;
  readonly tls: NodeServerTls;
  readonly backend: SignerBackend;
  /** Default `when-wanted`. */
  readonly signExtensions?: SignExtensions;
  /** Largest request, bytes; default 1 MiB + 16 KiB. */
  readonly requestBytesMax?: number;
  /** A connection is asked for a sign of life this often, and has as long to give it. Default 5000. */
  readonly keepaliveMs?: number;
}

export interface NodeServerDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The wall clock, for certificates. */
  readonly date: () => Date;
}

export interface NodeServerStatus {
  /** `grpc://host:port` as bound. */
  readonly address: string;
  readonly mode: NodeServerTls['mode'];
  /** Connections that are open now and have been let in. */
  readonly connections: number;
  /** Calls answered since the start. */
  readonly requests: number;
  /** Connections and calls refused since the start: certificates, plain text to TLS, limits. */
  readonly refused: number;
  readonly lastRefusal: Refusal | undefined;
  /** The end of the certificate in use; undefined without TLS. */
  readonly certificateNotAfter: Date | undefined;
}

export interface NodeServer {
  /** @throws PrivvalError for files that do not fit and addresses that cannot be bound */
  start(): Promise<void>;
  /** Calls under way get their answer or UNAVAILABLE; no timer, watch or socket is left. */
  stop(): Promise<void>;
  /** Ends the calls that wait with UNAVAILABLE, so that a node with retries goes on; connections stay. */
  giveUp(reason: string): void;
  status(): NodeServerStatus;
}
