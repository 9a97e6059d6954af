/**
 * `grpc.health.v1.Health`, as load balancers and probes ask it: SERVING while the server is started, NOT_SERVING while it stops.
 * Its messages are one field each and are written here by hand.
 */

import { type ServerUnaryCall, type ServerWritableStream, type ServiceDefinition, status } from '@grpc/grpc-js';

/** HealthCheckResponse.ServingStatus. */
const SERVING = 1;
const NOT_SERVING = 2;
const SERVICES = ['', 'tendermint.privval.PrivValidatorAPI', 'grpc.health.v1.Health'];
/** Watches open at once. */
export const WATCHES_MAX = 16;

const passThrough = (bytes: Buffer): Buffer => bytes;
const method = (name: string, responseStream: boolean) => ({
  path: `/grpc.health.v1.Health/${name}`,
  requestStream: false,
  responseStream,
  requestSerialize: passThrough,
  requestDeserialize: passThrough,
  responseSerialize: passThrough,
  responseDeserialize: passThrough,
});

export const HEALTH_SERVICE: ServiceDefinition = { Check: method('Check', false), Watch: method('Watch', true) };

type Watch = ServerWritableStream<Buffer, Buffer>;

export class HealthService {
  readonly #watches = new Set<Watch>();
  #serving = true;

  readonly handlers = {
    Check: (
      call: ServerUnaryCall<Buffer, Buffer>,
      answer: (error: { code: status; details: string } | null, value?: Buffer) => void,
    ): void => {
      if (isKnown(call.request)) answer(null, this.#status());
      else answer({ code: status.NOT_FOUND, details: 'unknown service' });
    },
    Watch: (call: Watch): void => {
      if (!isKnown(call.request) || this.#watches.size >= WATCHES_MAX) {
        const code = isKnown(call.request) ? status.RESOURCE_EXHAUSTED : status.NOT_FOUND;
        call.emit('error', { code, details: `expected a known service and at most ${WATCHES_MAX} watches` });
        return;
      }
      this.#watches.add(call);
      call.on('cancelled', () => this.#watches.delete(call));
      call.on('close', () => this.#watches.delete(call));
      call.write(this.#status());
    },
  };

  /** Says NOT_SERVING to whoever watches, and ends the watches. */
  stop(): void {
    this.#serving = false;
    for (const watch of this.#watches) {
      watch.write(this.#status());
      watch.end();
    }
    this.#watches.clear();
  }

  #status(): Buffer {
    return Buffer.of(0x08, this.#serving ? SERVING : NOT_SERVING);
  }
}

/** HealthCheckRequest: field 1, the service's name; empty for the whole server. */
function isKnown(request: Buffer): boolean {
  if (request.length === 0) return true;
  const named = request[0] === 0x0a && request[1] === request.length - 2;
  return named && SERVICES.includes(request.subarray(2).toString('utf8'));
}
