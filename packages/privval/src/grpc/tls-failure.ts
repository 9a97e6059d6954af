/** What a failed TLS handshake means, in an operator's words. OpenSSL's codes are translated here and nowhere else. */

/** @returns undefined for what is no attempt to come in: a port check that connects and goes away */
export function tlsFailureReason(error: Error & { readonly code?: string }): string | undefined {
  switch (error.code) {
    case 'ECONNRESET':
      return undefined;
    case 'ERR_SSL_UNSUPPORTED_PROTOCOL':
    case 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION':
      return 'TLS below 1.3; expected a node that speaks TLS 1.3';
    case 'ERR_SSL_HTTP_REQUEST':
      return 'plain text (HTTP/1) to a server with TLS';
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
    case 'ERR_SSL_RECORD_LAYER_FAILURE':
      return 'plain text to a server with TLS; the node needs root-ca-file (and its certificate, where tls.mode is mutual)';
    case 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA':
    case 'ERR_SSL_SSLV3_ALERT_UNKNOWN_CA':
      return "the node does not know this signer's authority; give it the authority's certificate as root-ca-file";
    case 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE':
    case 'ERR_SSL_TLSV13_ALERT_BAD_CERTIFICATE':
      // Go sends this alert for every certificate that it refuses.
      return "the node does not accept this signer's certificate: it does not trust its authority (root-ca-file), or dials a host that it does not name";
    case 'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED':
      return "the node finds this signer's certificate expired";
    case 'ERR_TLS_HANDSHAKE_TIMEOUT':
      return 'a handshake that was begun and not finished';
    case 'ERR_SSL_NO_APPLICATION_PROTOCOL':
    case 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL':
      return 'TLS without HTTP/2: no gRPC client';
    default:
      return `TLS failed: ${error.code ?? error.message}`;
  }
}
