/**
 * Puts a dialer together: address, security, socket.
 */

import { type NodeAddress, parseNodeAddress } from '../channel/node-address.js';
import { PlainLayer, type SecurityLayer } from '../channel/security-layer.js';
import { openSocketChannel } from '../channel/socket-channel.js';
import type { Clock } from '../clock.js';
import { PrivvalError } from '../errors.js';
import type { Logger } from '../logger.js';
import { NoiseConnection } from '../noise/noise-connection.js';
import { peerIdOf } from '../noise/peer-id.js';
import { importSecretKey, KEY_BYTES } from '../secret-connection/raw-keys.js';
import { SecretConnection } from '../secret-connection/secret-connection.js';
import type { SignerBackend } from '../signer-backend.js';
import { type DialerTuning, resolveTuning } from './dialer-options.js';
import { type DialerStatus, NodeDialer } from './node-dialer.js';

export interface NodeDialerOptions extends Partial<DialerTuning> {
  /** `tcp://host:port`, `unix:///path` or `noise://PEERID@host:port`: the node's `priv_validator_laddr` as seen from here. Names are looked up at each dial. */
  readonly address: string;
  /** The chain this node serves; requests for another are refused. */
  readonly chainId: string;
  /** 32 bytes: Ed25519 seed of the connection's identity (not of the validator). The caller keeps it over restarts. */
  readonly identityKeySeed: Uint8Array;
  readonly backend: SignerBackend;
}

export interface CreateNodeDialerDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Cryptographic randomness, for ephemeral keys. */
  readonly randomBytes: (length: number) => Uint8Array;
  /** Called after every change of state. */
  readonly onStateChange?: (status: DialerStatus) => void;
}

/**
 * Creates a dialer; `start` it to begin.
 *
 * @throws PrivvalError `ADDRESS_INVALID`, `OPTION_INVALID`
 */
export function createNodeDialer(options: NodeDialerOptions, deps: CreateNodeDialerDeps): NodeDialer {
  const { address, chainId, identityKeySeed, backend } = options;
  const parsed = parseNodeAddress(address);
  const tuning = resolveTuning(options);
  if (chainId.length === 0) throw invalid('chainId', 'a chain id', 'an empty string');
  if (identityKeySeed.length !== KEY_BYTES) {
    throw invalid('identityKeySeed', `${KEY_BYTES} bytes`, `${identityKeySeed.length} bytes`);
  }
  const createLayer = layerFactory(parsed, identityKeySeed, deps.randomBytes);
  const { clock, logger, onStateChange } = deps;
  return new NodeDialer(
    { address, chainId, tuning },
    {
      openChannel: (events) => openSocketChannel(parsed, createLayer(), events),
      backend,
      clock,
      logger,
      ...(parsed.kind === 'noise' ? { ownIdentity: peerIdOf(identityKeySeed) } : {}),
      ...(onStateChange === undefined ? {} : { onStateChange }),
    },
  );
}

function layerFactory(
  address: NodeAddress,
  identityKeySeed: Uint8Array,
  randomBytes: (length: number) => Uint8Array,
): () => SecurityLayer {
  if (address.kind === 'unix') return () => new PlainLayer();
  const identityKey = importSecretKey('ed25519', identityKeySeed);
  const ephemeralSecret = () => randomBytes(KEY_BYTES);
  if (address.kind === 'tcp') {
    const { pinned } = address;
    return () => new SecretConnection({ identityKey, ephemeralSecret: ephemeralSecret(), pinned });
  }
  const nodePeerId = address.peerId;
  return () => {
    const staticSecret = randomBytes(KEY_BYTES);
    return new NoiseConnection({ identityKey, nodePeerId, staticSecret, ephemeralSecret: ephemeralSecret() });
  };
}

function invalid(option: string, expected: string, found: string): PrivvalError {
  return new PrivvalError({ code: 'OPTION_INVALID', option, expected, found });
}
