// The port between cosigners of the fuzzed cluster: from outside, as a stranger, and with a cosigner's own certificate beside the real one.

import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createCertificates } from './cluster.mjs';
import { call, frame, grpcFrame, oddConnection, PREFACE, SETTINGS } from './http2.mjs';
import { mutateBytes, mutateFields } from './mutate.mjs';
import { pieces } from './streams.mjs';
import { captureClientHello, disturbTls, TLS_ANSWER_BYTES_MAX, tlsStream } from './tls.mjs';
import { delimit, encode } from './wire.mjs';

export const EXCHANGE = '/quorumsign.peer.v1.Peer/Exchange';
/** Three seconds to a hello, a quarter of one for the goodbye, and room. */
const END_MS = 6000;
/** Packets are one tag, one length and the rest. */
const TAGS = { hello: 0x0a, frame: 0x12, ping: 0x1a, pong: 0x22, goodbye: 0x2a };

export async function planPeer() {
  const certificates = createCertificates();
  return { nodes: {}, certificates, close: () => rmSync(certificates.directory, { recursive: true, force: true }) };
}

export function packet(kind, content) {
  return Buffer.concat([Buffer.of(TAGS[kind]), delimit(content)]);
}

export function helloFields(cluster, name, bootId) {
  return [
    { field: 1, varint: 1n },
    { field: 2, varint: 1n },
    { field: 3, bytes: Buffer.from(cluster) },
    { field: 4, bytes: Buffer.from(name) },
    { field: 5, bytes: bootId },
    { field: 6, bytes: randomBytes(16) },
  ];
}

/** The files by which a cosigner shows who it is. */
export function identityOf(cluster, name) {
  const read = (file) => readFileSync(join(cluster.home(name), 'tls', file));
  return { cert: read('cert.pem'), key: read('key.pem'), ca: read('ca.pem') };
}

export function peerPort(cluster, name) {
  return Number(
    /^peer: \{ listen: "[^"]+:(\d+)"/m.exec(readFileSync(join(cluster.home(name), 'quorumsign.yaml'), 'utf8'))[1],
  );
}

export async function runPeer(target, { certificates }, cluster, goesOn) {
  const hello = await captureClientHello();
  await Promise.all(
    cluster.names.map(async (name, at) => {
      const port = peerPort(cluster, name);
      // The earlier in the list dials: the first is dialled by nobody, and refuses everybody in words.
      const other = cluster.names[at === 0 ? 1 : 0];
      const clusterName = /^cluster: "([^"]+)"/m.exec(
        readFileSync(join(cluster.home(name), 'quorumsign.yaml'), 'utf8'),
      )[1];
      const lane = { target, port, hello, certificates, member: identityOf(cluster, other), other, clusterName };
      while (goesOn()) await oneCase(lane);
    }),
  );
}

async function oneCase(lane) {
  const { number, random } = lane.target.next();
  await lane.target.pause();
  const [who, open] = random.weighted([
    [2, ['outside', () => disturbTls(lane.port, random, lane.hello)]],
    [2, ['stranger', () => asStranger(lane, random)]],
    [2, ['member', () => asMember(lane, number, random, odd(random))]],
    [4, ['member', () => asMember(lane, number, random, packets(lane, random))]],
  ]);
  const stream = await open();
  if (stream === undefined) return lane.target.count('closed');
  const ended = await stream.closes(who === 'outside' && !random.chance(0.02) ? random.below(60) : END_MS);
  if (who !== 'outside' && !ended) lane.target.blame(number, `the connection of a ${who} goes on`);
  // A member is let in when the real one of its name is silent for long enough, and then it is told what members are told.
  const told = { outside: stream.pending.length, stranger: stream.bytes, member: 0 }[who];
  if (told > (who === 'outside' ? TLS_ANSWER_BYTES_MAX : 0)) lane.target.blame(number, `${told} bytes for a ${who}`);
  lane.target.count(ended ? 'closed' : 'waited');
  stream.close(random);
}

async function asStranger({ port, certificates, clusterName, other }, random) {
  const show = random.pick([
    {},
    { cert: certificates.read('foreign-ca', 'node.pem'), key: certificates.read('foreign-ca', 'node-key.pem') },
  ]);
  const stream = await tlsStream(port, show);
  stream?.write(
    Buffer.concat([
      PREFACE,
      SETTINGS,
      ...call(1, EXCHANGE, packet('hello', encode(helloFields(clusterName, other, randomBytes(16))))),
    ]),
  );
  return stream;
}

async function asMember({ port, member, target }, number, random, bytes) {
  const stream = await tlsStream(port, member);
  if (stream === undefined) target.blame(number, "a cosigner's certificate was refused");
  for (const piece of pieces(random, Buffer.concat([PREFACE, SETTINGS, bytes]))) stream?.write(piece);
  return stream;
}

function odd(random) {
  const made = oddConnection(random, (id) => call(id, EXCHANGE, Buffer.alloc(0)));
  return random.chance(0.5) ? made : mutateBytes(random, made);
}

/** A stream that begins with a hello, or should: the real cosigner of this name is connected, so none is let in. */
function packets({ clusterName, other }, random) {
  const fields = helloFields(clusterName, other, random.bytes(16));
  const hello = random.weighted([
    [2, () => packet('hello', encode(fields))],
    [5, () => packet('hello', encode(mutateFields(random, fields)))],
    [4, () => mutateBytes(random, packet('hello', encode(fields)))],
    [2, () => packet(random.pick(Object.keys(TAGS)), random.bytes(random.below(40)))],
    [1, () => Buffer.alloc(0)],
  ])();
  const [headers] = call(1, EXCHANGE, Buffer.alloc(0));
  const more = Array.from({ length: random.below(4) }, () =>
    frame('data', 0, 1, grpcFrame(random.chance(0.5) ? hello : packet('frame', random.bytes(random.below(100))))),
  );
  return Buffer.concat([headers, frame('data', 0, 1, grpcFrame(hello)), ...more]);
}
