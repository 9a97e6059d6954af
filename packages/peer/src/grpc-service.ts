/**
 * The gRPC service `quorumsign.peer.v1.Peer` with its one method, and the channel settings of both ends. Messages pass
 * through gRPC as bytes: packets are encoded and decoded by `packet.ts`, so gRPC neither copies them nor has an opinion.
 */

import type { ChannelOptions, ServiceDefinition } from '@grpc/grpc-js';
import { PACKET_OVERHEAD_BYTES } from './packet.js';
import { FRAME_BYTES_MAX } from './transport.js';

export const EXCHANGE_PATH = '/quorumsign.peer.v1.Peer/Exchange';

/** Bytes in, bytes out. */
export function passThrough(bytes: Buffer): Buffer {
  return bytes;
}

export const PEER_SERVICE: ServiceDefinition = {
  Exchange: {
    path: EXCHANGE_PATH,
    requestStream: true,
    responseStream: true,
    requestSerialize: passThrough,
    requestDeserialize: passThrough,
    responseSerialize: passThrough,
    responseDeserialize: passThrough,
  },
};

/** HTTP/2 window of both ends: two of the largest frames, so that one frame never waits for a window update half-way. */
const FLOW_CONTROL_WINDOW_BYTES = 2 * FRAME_BYTES_MAX;

/** gRPC's own limit lies a little above ours, so that a frame just above ours is refused in our words. */
const MESSAGE_BYTES_MAX = FRAME_BYTES_MAX + PACKET_OVERHEAD_BYTES + 64 * 1024;

export const CHANNEL_OPTIONS: ChannelOptions = {
  'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
  'grpc.max_send_message_length': -1,
  'grpc-node.flow_control_window': FLOW_CONTROL_WINDOW_BYTES,
  'grpc.enable_channelz': 0,
  // One stream, never repeated: a lost frame is the caller's to send again.
  'grpc.enable_retries': 0,
  // Each dial has a channel and a socket of its own, so that gRPC's backoff never delays ours.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.service_config_disable_resolution': 1,
  // Proxies named in the environment are for other traffic.
  'grpc.enable_http_proxy': 0,
};
