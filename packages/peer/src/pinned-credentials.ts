/**
 * The dialling end's channel credentials: gRPC asks them to secure a connected socket, and they do it with our TLS settings
 * and our check of the peer's certificate. Done here rather than with gRPC's own credentials for three reasons: TLS 1.3
 * only, the refusal's own words instead of "connection dropped", and a hand on the socket, to close it at once.
 */

import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { CallCredentials, ChannelCredentials } from '@grpc/grpc-js';
import { ALPN_PROTOCOLS, type PeerTlsIdentity, secureContextOptions } from './tls-settings.js';

export interface PinnedCredentialsOptions {
  readonly identity: PeerTlsIdentity;
  /** Throws if the certificate is not the one that is expected. */
  checkPeer(certificate: X509Certificate): void;
  /** A socket exists; from here on it is the caller's to close. */
  opened(socket: TLSSocket): void;
  /** The socket could not be secured; gRPC reports the failure too, in other words. */
  failed(error: unknown): void;
}

type Connector = ReturnType<ChannelCredentials['_createSecureConnector']>;
type Connected = Awaited<ReturnType<Connector['connect']>>;

export class PinnedCredentials extends ChannelCredentials {
  readonly #options: PinnedCredentialsOptions;

  constructor(options: PinnedCredentialsOptions) {
    super();
    this.#options = options;
  }

  override _isSecure(): boolean {
    return true;
  }

  override _equals(other: ChannelCredentials): boolean {
    return other === this;
  }

  override _createSecureConnector(_target: unknown, _options: unknown, callCredentials?: CallCredentials): Connector {
    return {
      connect: (socket) => this.#secure(socket),
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => callCredentials ?? CallCredentials.createEmpty(),
      destroy: () => {},
    };
  }

  #secure(socket: Socket): Promise<Connected> {
    const { identity, checkPeer, opened, failed } = this.#options;
    return new Promise((resolve, reject) => {
      const tls = connect({
        ...secureContextOptions(identity),
        socket,
        ALPNProtocols: ALPN_PROTOCOLS,
        // Names of hosts mean nothing here; checkPeer below asks for the cosigner's.
        checkServerIdentity: () => undefined,
      });
      const fail = (error: unknown): void => {
        failed(error);
        reject(error);
        tls.destroy();
      };
      opened(tls);
      tls.on('error', fail);
      tls.once('close', () => fail(new Error('the peer closed the connection')));
      tls.once('secureConnect', () => {
        try {
          const certificate = tls.getPeerX509Certificate();
          if (!tls.authorized || certificate === undefined) throw new Error('the peer showed no certificate');
          if (tls.alpnProtocol !== 'h2') throw new Error('the peer does not speak HTTP/2');
          checkPeer(certificate);
          resolve({ socket: tls, secure: true });
        } catch (error) {
          fail(error);
        }
      });
    });
  }
}
