/**
 * Keeps a client from ending the process: @grpc/grpc-js 1.14.7 answers a call with a method that it does not know, or with another
 * content type, without looking whether the stream is still there, and Node throws where its session was ended in between (by a frame
 * that breaks HTTP/2 between the headers of two calls). Nothing catches that. Here such a stream is left alone: nobody waits for its answer.
 */

import type { ServerHttp2Stream } from 'node:http2';
import type { Server } from '@grpc/grpc-js';

/** What a server gives each stream to, with and without channelz. */
const HANDLERS = ['_streamHandler', '_channelzHandler'];

/** To be called before the server gets its first connection. @throws Error when this version of grpc-js is another than expected */
export function guardStreams(server: Server): void {
  for (const name of HANDLERS) {
    const handle: unknown = Reflect.get(server, name);
    if (typeof handle !== 'function')
      throw new Error(`expected grpc-js to have ${name}, found none; look whether the guard is still needed`);
    Reflect.set(server, name, (interceptors: unknown, stream: ServerHttp2Stream, headers: unknown) => {
      if (!stream.destroyed && !stream.closed) {
        Reflect.apply(handle, server, [interceptors, stream, headers]);
        return;
      }
      // What ended its session is still to be told to the stream, and an error that nobody listens to would end the process as well.
      stream.on('error', () => undefined);
    });
  }
}
