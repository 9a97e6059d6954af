/** Puts a node server together: files, port, gRPC, calls. */

import { Server, ServerCredentials, type ServerUnaryCall, type ServiceDefinition, status } from '@grpc/grpc-js';
import { guardStreams } from '@quorumsign/grpc-guard';
import { loadCertificateReader } from '@quorumsign/pki';
import { REQUEST_BYTES_MIN } from '../dialer/dialer-options.js';
import { PrivvalError } from '../errors.js';
import type { RequestContext } from '../requests/request-handler.js';
import { CallRefusal, unavailable } from './call-refusal.js';
import { HEALTH_SERVICE, HealthService } from './health-service.js';
import { isLoopback, parseGrpcListen } from './listen-address.js';
import { NodeDoor } from './node-door.js';
import type { NodeServer, NodeServerDeps, NodeServerOptions, NodeServerStatus } from './node-server.js';
import { answerCall } from './node-service.js';
import { type LoadedTls, TlsFiles } from './tls-files.js';
import { METHODS, type Method } from './unary-message.js';

/** Calls under way on one connection; a node has one outstanding. */
export const STREAMS_MAX = 64;
/** Bytes of headers of one call. */
const HEADER_BYTES_MAX = 16 * 1024;
/**
 * Besides a node whose machine died, the sign of life finds a client that broke HTTP/2: Node says goodbye to it and stops reading, so
 * that the end of the socket is never noticed. Without it 128 such connections closed the port to everybody, for good. The door looks too.
 */
export const KEEPALIVE_MS = 5000;
/** For the last answers to leave, at a stop. */
const STOP_MS_MAX = 500;

/**
 * Creates a server; `start` it to begin.
 *
 * @throws PrivvalError `ADDRESS_INVALID`, `OPTION_INVALID`
 */
export function createNodeServer(options: NodeServerOptions, deps: NodeServerDeps): NodeServer {
  const { chainId, requestBytesMax = REQUEST_BYTES_MIN } = options;
  parseGrpcListen(options.listen);
  if (chainId.length === 0) {
    throw new PrivvalError({
      code: 'OPTION_INVALID',
      option: 'chainId',
      expected: 'a chain id',
      found: 'an empty string',
    });
  }
  return new GrpcNodeServer({ ...options, requestBytesMax }, deps);
}

type Answer = (error: { code: status; details: string } | null, value?: Buffer) => void;
type Call = ServerUnaryCall<Buffer, Buffer>;

class GrpcNodeServer implements NodeServer {
  readonly #options: NodeServerOptions;
  readonly #deps: NodeServerDeps;
  readonly #context: RequestContext;
  readonly #grpc: Server;
  readonly #health = new HealthService();
  /** Calls under way, and how each is ended without an answer. */
  readonly #calls = new Set<(refusal: CallRefusal) => void>();
  readonly #files: TlsFiles | undefined;
  #door: NodeDoor | undefined;
  #loaded: LoadedTls | undefined;
  #requests = 0;
  #stopping = false;

  constructor(options: NodeServerOptions & { readonly requestBytesMax: number }, deps: NodeServerDeps) {
    this.#options = options;
    this.#deps = deps;
    const { chainId, backend, signExtensions = 'when-wanted', tls, keepaliveMs = KEEPALIVE_MS } = options;
    this.#context = { chainId, backend, signExtensions };
    this.#files = tls.mode === 'none' ? undefined : new TlsFiles(tls, deps);
    this.#grpc = new Server({
      'grpc.max_receive_message_length': options.requestBytesMax,
      'grpc.max_concurrent_streams': STREAMS_MAX,
      'grpc.max_metadata_size': HEADER_BYTES_MAX,
      'grpc.keepalive_time_ms': keepaliveMs,
      'grpc.keepalive_timeout_ms': keepaliveMs,
      'grpc.enable_channelz': 0,
    });
    guardStreams(this.#grpc);
    const names = Object.keys(METHODS).filter((name): name is Method => name in METHODS);
    this.#grpc.addService(
      Object.fromEntries(names.map((name) => [name, methodDefinition(name)])) satisfies ServiceDefinition,
      Object.fromEntries(names.map((name) => [name, (call: Call, answer: Answer) => this.#call(name, call, answer)])),
    );
    this.#grpc.addService(HEALTH_SERVICE, { ...this.#health.handlers });
  }

  async start(): Promise<void> {
    const { listen, tls } = this.#options;
    const { logger } = this.#deps;
    const address = parseGrpcListen(listen);
    this.#loaded = await this.#files?.load();
    // TLS is done when gRPC gets a socket; to gRPC it is a plain one.
    const injector = this.#grpc.createConnectionInjector(ServerCredentials.createInsecure());
    const door = new NodeDoor(address, tls, this.#loaded, {
      ...this.#deps,
      keepaliveMs: this.#options.keepaliveMs ?? KEEPALIVE_MS,
      read: tls.mode === 'mutual' ? await loadCertificateReader() : undefined,
      admit: (socket) => injector.injectConnection(socket),
    });
    await door.start();
    this.#door = door;
    this.#files?.watch((loaded) => {
      this.#loaded = loaded;
      door.reload(loaded);
    });
    if (tls.mode === 'none' && !isLoopback(address.host)) {
      logger.warn(
        { listen: door.address() },
        'NODES ARE SERVED WITHOUT TLS: whoever reaches this port gets signatures of this validator. Set tls.mode mutual, or keep the port on a loopback address',
      );
    }
    logger.info({ listen: door.address(), mode: tls.mode }, 'serving nodes over gRPC');
  }

  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#files?.stop();
    this.#health.stop();
    this.#door?.stopListening();
    this.giveUp('this signer is stopping');
    await new Promise<void>((resolve) => {
      const cancel = this.#deps.clock.setTimer(STOP_MS_MAX, resolve);
      this.#grpc.tryShutdown(() => {
        cancel();
        resolve();
      });
    });
    this.#grpc.forceShutdown();
    this.#door?.close();
  }

  giveUp(reason: string): void {
    for (const end of [...this.#calls]) end(unavailable(reason));
  }

  status(): NodeServerStatus {
    const door = this.#door;
    return {
      address: door?.address() ?? this.#options.listen,
      mode: this.#options.tls.mode,
      connections: door?.connections ?? 0,
      requests: this.#requests,
      refused: door?.refusals.count ?? 0,
      lastRefusal: door?.refusals.last,
      certificateNotAfter: this.#loaded?.notAfter,
    };
  }

  #call(method: Method, call: Call, answer: Answer): void {
    if (this.#stopping) {
      answer({ code: status.UNAVAILABLE, details: 'this signer is stopping' });
      return;
    }
    const abort = new AbortController();
    const end = (refusal?: CallRefusal, value?: Uint8Array): void => {
      if (!this.#calls.delete(end)) return;
      this.#requests++;
      if (refusal === undefined) answer(null, Buffer.from(value ?? []));
      else answer({ code: refusal.code, details: refusal.message });
      abort.abort();
    };
    this.#calls.add(end);
    // The node has gone, or its deadline has passed: nobody hears the answer, and the work is dropped.
    call.on('cancelled', () => end(new CallRefusal(status.CANCELLED, 'the node went away')));
    answerCall(method, call.request, this.#context, abort.signal).then(
      (value) => end(undefined, value),
      (error: unknown) => end(this.#refusalOf(error)),
    );
  }

  #refusalOf(error: unknown): CallRefusal {
    if (error instanceof CallRefusal) {
      if (error.code === status.INTERNAL) this.#deps.logger.error({ error: error.message }, 'a call of a node failed');
      return error;
    }
    const message = error instanceof Error ? error.message : String(error);
    this.#deps.logger.error({ error: message }, 'a call of a node failed');
    return new CallRefusal(status.INTERNAL, 'the signer failed; its log says why');
  }
}

const passThrough = (bytes: Buffer): Buffer => bytes;

/** Bytes in, bytes out: the strict parser of the raw transports stands behind it. */
function methodDefinition(name: Method): ServiceDefinition[string] {
  return {
    path: `/tendermint.privval.PrivValidatorAPI/${name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: passThrough,
    requestDeserialize: passThrough,
    responseSerialize: passThrough,
    responseDeserialize: passThrough,
  };
}
