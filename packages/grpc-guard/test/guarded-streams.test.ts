import { Server } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { guardStreams } from '../src/guarded-streams.js';

/** A stream of a call that nobody knows; as Node's, it throws at an answer when it has gone. */
function streamOf(state: { destroyed: boolean; closed: boolean }) {
  const told: string[] = [];
  return {
    ...state,
    told,
    once: () => undefined,
    on: (event: string) => told.push(`listens to ${event}`),
    respond: () => {
      if (state.destroyed || state.closed) throw new Error('ERR_HTTP2_INVALID_STREAM');
      told.push('answered');
    },
  };
}

/** Gives a stream to the server as grpc-js does. */
function give(server: Server, stream: unknown): void {
  const handle: unknown = Reflect.get(server, '_streamHandler');
  if (typeof handle !== 'function') throw new Error('expected a handler');
  Reflect.apply(handle, server, [[], stream, { 'content-type': 'application/grpc', ':path': '/nobody' }]);
}

describe('a call whose stream is gone when it is looked at', () => {
  it.each([
    ['destroyed', { destroyed: true, closed: false }],
    ['closed', { destroyed: false, closed: true }],
  ])('because it was %s ends an unguarded server, and is left alone by a guarded one', (_name, state) => {
    const server = new Server();
    // When this no longer throws, grpc-js looks itself, and the guard can go.
    expect(() => give(server, streamOf(state))).toThrow('ERR_HTTP2_INVALID_STREAM');
    guardStreams(server);
    const stream = streamOf(state);
    give(server, stream);
    expect(stream.told).toEqual(['listens to error']);
  });

  it('is answered where it is still there', () => {
    const server = new Server();
    guardStreams(server);
    const stream = streamOf({ destroyed: false, closed: false });
    give(server, stream);
    expect(stream.told).toEqual(['answered']);
  });
});
