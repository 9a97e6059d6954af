// The ports that nodes dial: gRPC in plain text, with one-way and with mutual TLS. The fuzzer is the client, over frames of its own.

import { rmSync } from 'node:fs';
import { createCertificates, freePorts } from './cluster.mjs';
import { Conversation } from './conversation.mjs';
import { call, dataBytes, frame, grpcFrame, oddConnection, PREFACE, SETTINGS } from './http2.mjs';
import { mutateBytes, mutateFields } from './mutate.mjs';
import { honestRequest } from './requests.mjs';
import { dial, pieces } from './streams.mjs';
import { captureClientHello, disturbTls, TLS_ANSWER_BYTES_MAX, tlsStream } from './tls.mjs';
import { encode } from './wire.mjs';

const MODES = ['none', 'one-way', 'mutual'];
export const GRPC_TARGETS = MODES.map((mode) => `grpc-${mode}`);
/** One cosigner for each. */
const BY = { 'grpc-none': 'alpha', 'grpc-one-way': 'beta', 'grpc-mutual': 'gamma' };
const LANES = 2;
const ANSWER_MS = 6000;
/** Calls behind one handshake; a call is a stream. */
const CALLS_PER_CONNECTION = 30;
/** A silent handshake ends after 5 s. */
const SILENCE_MS = 8000;
const METHODS = { 1: 'GetPubKey', 3: 'SignVote', 5: 'SignProposal' };
const pathOf = (method) => `/tendermint.privval.PrivValidatorAPI/${method}`;

export async function planGrpc(name) {
  const certificates = createCertificates();
  const [port] = await freePorts(1);
  const file = (path) => certificates.path('ca', path);
  const tls = {
    'grpc-none': '{ mode: none }',
    'grpc-one-way': `{ mode: one-way, certificate: "${file('signer.pem')}", key: "${file('signer-key.pem')}" }`,
    'grpc-mutual': `{ mode: mutual, certificate: "${file('signer.pem')}", key: "${file('signer-key.pem')}", clientCa: "${file('ca.pem')}" }`,
  }[name];
  return {
    nodes: { [BY[name]]: [`{ listen: "grpc://127.0.0.1:${port}", tls: ${tls} }`] },
    port,
    certificates,
    close: () => rmSync(certificates.directory, { recursive: true, force: true }),
  };
}

export async function runGrpc(target, { port, certificates }, chainId, goesOn) {
  const hello = await captureClientHello();
  const shown = (ca) => ({ cert: certificates.read(ca, 'node.pem'), key: certificates.read(ca, 'node-key.pem') });
  const secured = {
    'grpc-none': () => dial({ host: '127.0.0.1', port }),
    'grpc-one-way': () => tlsStream(port, {}),
    'grpc-mutual': () => tlsStream(port, shown('ca')),
  }[target.name];
  const strangers = target.name === 'grpc-mutual' ? [{}, shown('foreign-ca')] : [];
  const lane = new GrpcLane(target, { port, hello, secured, strangers, chainId });
  await Promise.all(Array.from({ length: LANES }, () => lane.run(goesOn)));
}

class GrpcLane {
  #target;
  #options;

  constructor(target, options) {
    this.#target = target;
    this.#options = options;
  }

  async run(goesOn) {
    while (goesOn()) {
      const next = this.#target.next();
      const { random } = next;
      await this.#target.pause();
      await random.weighted([
        [2, () => this.#outside(next)],
        [2, () => this.#odd(next)],
        [this.#options.strangers.length > 0 ? 2 : 0, () => this.#stranger(next)],
        [2, () => this.#calls(goesOn)],
      ])();
    }
  }

  /** Before TLS; in plain text, before HTTP/2. */
  async #outside({ number, random }) {
    const stream = await disturbTls(this.#options.port, random, this.#options.hello);
    await stream.closes(random.chance(0.02) ? SILENCE_MS : random.below(60));
    const { pending } = stream;
    if (pending.length > TLS_ANSWER_BYTES_MAX) this.#target.blame(number, `${pending.length} bytes before TLS`);
    this.#target.count(stream.ended ? 'closed' : 'waited');
    stream.close(random);
  }

  /** A client whose certificate is none or a foreign one asks what would be signed. */
  async #stranger({ number, random, height }) {
    const stream = await tlsStream(this.#options.port, random.pick(this.#options.strangers));
    if (stream !== undefined) {
      const [path, body] = this.#honestCall(random, height);
      stream.write(Buffer.concat([PREFACE, SETTINGS, ...call(1, path, body)]));
      if (!(await stream.closes(ANSWER_MS))) this.#target.blame(number, 'a stranger is not shown out');
      if (stream.bytes > 0)
        this.#target.blame(
          number,
          `${stream.bytes} bytes for a stranger: ${stream.pending.toString('hex').slice(0, 200)}`,
        );
      stream.close(random);
    }
    this.#target.count('closed');
  }

  /** HTTP/2 as nobody speaks it. What is in it of calls is refused or never whole. */
  async #odd({ number, random, height }) {
    const stream = await this.#options.secured();
    if (stream === undefined) return this.#target.blame(number, 'a good handshake was refused');
    const [path] = this.#honestCall(random, height);
    const odd = oddConnection(random, (id) => call(id, path, Buffer.alloc(0)));
    const bytes = random.chance(0.7)
      ? Buffer.concat([PREFACE, SETTINGS, odd])
      : mutateBytes(random, Buffer.concat([PREFACE, SETTINGS, odd]));
    for (const piece of pieces(random, bytes)) stream.write(piece);
    await stream.closes(random.chance(0.02) ? SILENCE_MS : random.below(100));
    if (dataBytes(stream.pending) > 0)
      this.#target.blame(number, `an answer to no call: ${stream.pending.toString('hex').slice(0, 400)}`);
    this.#target.count(stream.ended ? 'closed' : 'waited');
    stream.close(random);
  }

  async #calls(goesOn) {
    const stream = await this.#options.secured();
    if (stream === undefined) return this.#target.blame(this.#target.cases, 'a good handshake was refused');
    stream.write(Buffer.concat([PREFACE, SETTINGS, frame('window', 0, 0, Buffer.of(0x3f, 255, 0, 0))]));
    const stray = (id) => this.#target.blame(this.#target.cases, `data for call ${id}, which nobody made`);
    const conversation = new Conversation(stream, stray);
    for (let id = 1; id < 2 * CALLS_PER_CONNECTION && goesOn() && !stream.ended && !conversation.goneAway; id += 2) {
      await this.#call(conversation, id, this.#target.next());
      await this.#target.pause();
    }
    for (const id of conversation.left) this.#judge(conversation, id);
    stream.close();
  }

  /** One call to the end of its stream: trailers, a reset, or the end of the connection. */
  async #call(conversation, id, { number, random, height }) {
    const { stream } = conversation;
    const [path, body, request] = this.#mutatedCall(random, height);
    const sentPath = random.chance(0.04) ? mutateBytes(random, Buffer.from(path)).toString('latin1') : path;
    const [headers] = call(id, sentPath, body);
    const data = random.chance(0.15) ? [frame('data', 1, id, oddMessage(random, body))] : dataFrames(id, body);
    conversation.begin(id, { number, path, asked: this.#target.oracle.ask(request) });
    for (const piece of pieces(random, Buffer.concat([headers, ...data]))) stream.write(piece);
    if (random.chance(0.03)) {
      stream.write(frame('reset', 0, id, Buffer.of(0, 0, 0, 8)));
      this.#target.count('waited');
      return;
    }
    if (!(await conversation.over(id, ANSWER_MS)) && !stream.ended)
      this.#target.blame(number, `no answer within ${ANSWER_MS} ms to ${path} ${body.toString('hex').slice(0, 400)}`);
    this.#judge(conversation, id);
  }

  #judge(conversation, id) {
    const { oracle } = this.#target;
    const { what, reply } = conversation.answer(id);
    if (reply === undefined) return this.#target.count(conversation.stream.ended ? 'closed' : 'refusal');
    const violations = oracle.violations.length;
    const method = Object.keys(METHODS).find((field) => what.path.endsWith(METHODS[field]));
    // The body is what stands in the message of the raw transports.
    this.#target.count(oracle.judge(what.asked, encode([{ field: Number(method) + 1, bytes: reply }])));
    for (const each of oracle.violations.slice(violations)) this.#target.blame(what.number, each);
  }

  #honestCall(random, height) {
    const [found] = honestRequest(random, this.#options.chainId, height);
    return METHODS[found.field] === undefined
      ? this.#honestCall(random, height)
      : [pathOf(METHODS[found.field]), encode(found.fields), found];
  }

  #mutatedCall(random, height) {
    const [path, honest, found] = this.#honestCall(random, height);
    const body = random.weighted([
      [4, () => honest],
      [10, () => encode(mutateFields(random, found.fields))],
      [5, () => mutateBytes(random, honest)],
    ])();
    return [path, body, encode([{ field: found.field, bytes: body }])];
  }
}

/** Message frames of gRPC that lie about what follows. They hold nothing that could be signed. */
function oddMessage(random, body) {
  return random
    .weighted([
      [2, () => grpcFrame(body, { flag: 1 + random.below(255) })],
      [2, () => grpcFrame(body.subarray(0, 1000), { length: random.pick([2 ** 20, 2 ** 24, 2 ** 31, 2 ** 32 - 1]) })],
      [1, () => Buffer.concat([grpcFrame(Buffer.alloc(0)), grpcFrame(Buffer.alloc(0))])],
      [1, () => random.bytes(random.below(5))],
      [1, () => Buffer.alloc(0)],
    ])()
    .subarray(0, 16_000);
}

/** Data frames of at most 16384 bytes, the size that every server reads. */
function dataFrames(id, body) {
  const whole = grpcFrame(body);
  const frames = [];
  for (let at = 0; at < whole.length; at += 16_384) {
    frames.push(frame('data', at + 16_384 >= whole.length ? 1 : 0, id, whole.subarray(at, at + 16_384)));
  }
  return frames;
}
