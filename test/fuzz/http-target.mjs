// The status page and the admin socket: HTTP/1.1 as no client writes it, bodies that are no JSON, requests that never end.

import { join } from 'node:path';
import { mutateBytes } from './mutate.mjs';
import { dial, pieces } from './streams.mjs';

const LANES = 3;
/** A request that has not come whole within 5 s is cut off, looked at every so often by Node. */
const CUT_MS = 45_000;
const _ANSWER_MS = 6000;
const PATHS = [
  '/',
  '/healthz',
  '/readyz',
  '/metrics',
  '/status',
  '/leader/transfer',
  '/config/reload',
  '/../../etc/passwd',
  '/%00',
  `/${'a'.repeat(9000)}`,
];

export async function planHttp() {
  return { nodes: {}, close: () => {} };
}

export async function runHttp(target, cluster, goesOn) {
  const ports = cluster.names.map((name) => ({ host: '127.0.0.1', port: cluster.httpPorts.get(name) }));
  const sockets = cluster.names.map((name) => ({ path: join(cluster.home(name), 'admin.sock') }));
  const lane = async () => {
    while (goesOn()) await oneCase(target, target.next(), ports, sockets);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

async function oneCase(target, { number, random }, ports, sockets) {
  await target.pause();
  const stream = await dial(random.pick(random.chance(0.5) ? ports : sockets));
  const bytes = random.chance(0.6) ? mutateBytes(random, request(random)) : request(random);
  for (const piece of pieces(random, bytes)) stream.write(piece);
  const patient = random.chance(0.01);
  if (patient && !(await stream.closes(CUT_MS)))
    target.blame(number, `a request may last for ever: ${bytes.toString('latin1').slice(0, 200)}`);
  const answered = await stream.until(() => stream.pending.includes('\r\n\r\n'), random.below(40));
  target.count(
    answered
      ? /^HTTP\/1.1 (4|5)/.test(stream.pending.toString('latin1'))
        ? 'refusal'
        : 'answer'
      : stream.ended
        ? 'closed'
        : 'waited',
  );
  if (answered && / 500 /.test(stream.pending.subarray(0, 20).toString('latin1')))
    target.blame(number, `a failure inside: ${bytes.toString('latin1').slice(0, 300)}`);
  stream.close(random);
}

function request(random) {
  const method = random.pick(['GET', 'GET', 'POST', 'HEAD', 'PUT', 'CONNECT', 'OPTIONS', 'BREW']);
  const body = random.pick([
    '',
    '{',
    '[]',
    'null',
    '{"to":1}',
    '{"to":"nobody"}',
    '{"x":"y"}',
    `{"to":"${'a'.repeat(5000)}"}`,
    '\0\xff',
  ]);
  const length = random.pick([body.length, body.length, body.length, 0, 1, 1e9, -1]);
  const more = random.weighted([
    [6, ''],
    [1, 'transfer-encoding: chunked\r\n'],
    [1, 'expect: 100-continue\r\n'],
    [1, 'connection: upgrade\r\nupgrade: websocket\r\n'],
    [1, Array.from({ length: 3000 }, (_, at) => `x-${at}: y\r\n`).join('')],
  ]);
  return Buffer.from(
    `${method} ${random.pick(PATHS)} HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n${more}\r\n${body}`,
    'latin1',
  );
}
