import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { type ProbeFailure, probeTcp } from '../src/tcp-probe.js';
import { realClock } from './real-clock.js';

const probe = (address: string) =>
  new Promise<ProbeFailure | undefined>((resolve) => void probeTcp(realClock, address, 3000, resolve));

it('a port where something listens is accepted', async () => {
  const server = createServer();
  const port = await new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  );
  expect(await probe(`127.0.0.1:${port}`)).toBeUndefined();
  await new Promise((resolve) => server.close(resolve));
});

// A name may have two addresses, of which Node says nothing but the code.
it.each(['127.0.0.1:1', 'localhost:1'])('%s, where nothing listens, is refused, and the reason says so', async (at) => {
  const failure = await probe(at);
  expect(failure?.refused).toBe(true);
  expect(failure?.reason).toMatch(/ECONNREFUSED.*:1$/);
});
