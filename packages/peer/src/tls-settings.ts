/**
 * The TLS of both ends: version 1.3 and nothing below, certificates asked for and required in both directions, the cluster's
 * authority and no other. These are set on our own sockets, which are then handed to gRPC, because gRPC's options alone
 * still accept TLS 1.2; so nothing depends on the process-wide minimum.
 */

import { constants } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';

/** PEM of the cluster's authority, of this cosigner's certificate, and its key (secret). */
export interface PeerTlsIdentity {
  readonly caPem: string;
  readonly certificatePem: string;
  readonly keyPem: string;
}

export function secureContextOptions(identity: PeerTlsIdentity): SecureContextOptions {
  return {
    ca: identity.caPem,
    cert: identity.certificatePem,
    key: identity.keyPem,
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    // No resumption: every connection shows its certificate anew, so a changed list or authority acts on the next one.
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}

/** HTTP/2, the only protocol spoken. */
export const ALPN_PROTOCOLS = ['h2'];
