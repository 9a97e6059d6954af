// One address that a cosigner dials: its connections one after the other, some of them disturbed before they are secured, the others
// used for a run of cases behind a good handshake. The fuzzer is the node.

import { flip, mutateBytes, mutateFields } from './mutate.mjs';
import { honestRequest } from './requests.mjs';
import { pieces, Stream } from './streams.mjs';
import { delimit, encode, varint } from './wire.mjs';

/** The signer's deadline is 2.5 s, and its answer to a malformed message is at once. */
const ANSWER_MS = 6000;
/** It dials again within a second, and its machine is busy. */
const REDIAL_MS = 5000;
const CASES_PER_CONNECTION = 40;
/** The largest request, bytes: an extension of 1 MiB and 16 KiB. */
const REQUEST_BYTES_MAX = 1024 * 1024 + 16 * 1024;
/** From the first byte of a handshake, and from half a message, to the end of the connection; and some room. */
const SILENCE_MS = 15_000 + 3000;

export class PrivvalLane {
  #target;
  #options;
  #waiting = [];
  #wake = () => {};

  /**
   * @param options.server - listening; what came before is none of this lane's
   * @param options.link - secures a stream
   * @param options.disturb - spoils a connection before that; undefined where nothing secures it
   * @param options.unsecuredBytesMax - what a signer may say to a node that is not yet believed
   */
  constructor(target, options) {
    this.#target = target;
    this.#options = options;
  }

  start() {
    this.#options.server.removeAllListeners('connection').on('connection', (socket) => this.#accepted(socket));
  }

  stop() {
    for (const socket of this.#waiting) socket.destroy();
    return new Promise((resolve) => this.#options.server.close(resolve));
  }

  async run(goesOn) {
    while (goesOn()) {
      const stream = await this.#connection();
      if (stream === undefined) {
        this.#target.blame(this.#target.cases, `no connection within ${REDIAL_MS} ms`);
        continue;
      }
      try {
        const first = this.#target.next();
        const disturbed = this.#options.disturb !== undefined && first.random.chance(0.4);
        await (disturbed ? this.#disturb(stream, first) : this.#session(stream, goesOn));
      } finally {
        stream.close();
      }
    }
  }

  async #disturb(stream, { number, random }) {
    const { disturb, unsecuredBytesMax } = this.#options;
    const { silent } = await disturb(stream, random);
    // Before the first byte a signer waits for hours: it may be a standby.
    if (silent && stream.socket.bytesWritten > 0 && random.chance(0.02)) {
      if (!(await stream.closes(SILENCE_MS))) this.#target.blame(number, 'a handshake may hang for ever');
    } else await stream.closes(random.below(100));
    this.#target.count(stream.ended ? 'closed' : 'waited');
    if (stream.bytes > unsecuredBytesMax)
      this.#target.blame(number, `${stream.bytes} bytes before the node was believed`);
    stream.close(random);
  }

  async #session(stream, goesOn) {
    const link = await this.#options.link(stream);
    if (link === undefined) return this.#target.blame(this.#target.cases, 'a good handshake was refused');
    for (let left = CASES_PER_CONNECTION; left > 0 && goesOn() && !stream.ended; left--) {
      if (!(await this.#case(link, this.#target.next()))) return;
      await this.#target.pause();
    }
  }

  /** @returns whether the connection can be used again */
  async #case(link, { number, random, height }) {
    const { chainId } = this.#options;
    const honest = () => honestRequest(random, chainId, height);
    const message = random.weighted([
      [4, () => encode(honest())],
      [10, () => encode(mutateFields(random, honest()))],
      [1, () => encode(mutateFields(random, mutateFields(random, honest())))],
      [5, () => mutateBytes(random, encode(honest()))],
    ]);
    const plain = random.weighted([
      [14, () => delimit(message())],
      [2, () => Buffer.concat([delimit(message()), delimit(message()), delimit(message())])],
      [1, () => mutateBytes(random, delimit(message()))],
      [1, () => oddFraming(random, message())],
    ])();
    const odd = link.sealOdd !== undefined && random.chance(0.03);
    if (odd || random.chance(0.03)) return this.#spoil(link, plain, { number, random, odd });
    return this.#exchange(link, plain, { number, random });
  }

  /** One bit altered under the seal, a frame that no node seals, or (unprotected) a node that leaves: nothing is answered. */
  async #spoil(link, plain, { random, number, odd }) {
    const { stream } = link;
    const { messages } = deframe(plain);
    const before = stream.bytes;
    const sealed = odd ? link.sealOdd(random) : link.seal(plain);
    // What stands whole before the change may be answered, and then it was asked.
    if (!odd) for (const each of messages) this.#target.oracle.ask(each);
    for (const piece of pieces(random, odd || link.sealOdd === undefined ? sealed : flip(random, sealed)))
      stream.write(piece);
    await stream.closes(random.below(30));
    const alone = odd || (link.sealOdd !== undefined && messages.length < 2 && plain.length < 1000);
    if (alone && stream.bytes > before) this.#target.blame(number, 'an answer to an altered frame');
    this.#target.count(stream.ended ? 'closed' : 'waited');
    stream.close(random);
    return false;
  }

  async #exchange(link, plain, { number, random }) {
    const { oracle } = this.#target;
    const { stream } = link;
    const { messages, rest } = deframe(plain);
    const asked = messages.map((each) => oracle.ask(each));
    for (const piece of pieces(random, link.seal(plain))) stream.write(piece);
    const violations = oracle.violations.length;
    for (const each of asked) {
      const reply = await link.receive(ANSWER_MS);
      if (reply === undefined) {
        if (!stream.ended)
          this.#target.blame(
            number,
            `no answer within ${ANSWER_MS} ms to ${each.request.toString('hex').slice(0, 400)}`,
          );
        this.#target.count('closed');
        return false;
      }
      this.#target.count(oracle.judge(each, reply));
    }
    for (const each of oracle.violations.slice(violations)) this.#target.blame(number, each);
    if (rest === 'none') return true;
    const silentUntilEnd = rest === 'half' && random.chance(0.02);
    if (rest === 'half' && !silentUntilEnd) {
      this.#target.count('waited');
      return false;
    }
    if (!(await stream.closes(silentUntilEnd ? SILENCE_MS : ANSWER_MS)))
      this.#target.blame(
        number,
        `the connection goes on behind ${rest === 'half' ? 'half a message and silence' : 'a broken prefix'}`,
      );
    this.#target.count('closed');
    return false;
  }

  #accepted(socket) {
    this.#waiting.push(socket);
    socket.on('error', () => {});
    this.#wake();
  }

  async #connection() {
    const timer = setTimeout(() => this.#wake('late'), REDIAL_MS);
    let late = false;
    while (this.#waiting.length === 0 && !late) {
      late =
        (await new Promise((resolve) => {
          this.#wake = resolve;
        })) === 'late';
    }
    clearTimeout(timer);
    const socket = this.#waiting.shift();
    return socket && new Stream(socket);
  }
}

/** Prefixes that no node writes, and much of what is nothing. */
function oddFraming(random, message) {
  return random.weighted([
    [2, () => Buffer.concat([varint(random.pick([1_064_961, 2 ** 24, 2 ** 28 - 1, 2 ** 31, 2 ** 40])), message])],
    [2, () => Buffer.concat([Buffer.from('8100', 'hex'), message])],
    [2, () => Buffer.alloc(12, 0xff)],
    [1, () => Buffer.alloc(1 + random.below(200))],
    [2, () => delimit(message).subarray(0, random.below(message.length + 1))],
    [1, () => random.bytes(random.below(300))],
  ])();
}

/** The messages in a stream of bytes, and what is behind them: nothing, half a message, or a prefix that is none. */
export function deframe(bytes) {
  const messages = [];
  let at = 0;
  while (at < bytes.length) {
    let length = 0;
    let prefix = 0;
    for (; ; prefix++) {
      if (prefix === 4) return { messages, rest: at + prefix < bytes.length ? 'broken' : 'half' };
      const byte = bytes[at + prefix];
      if (byte === undefined) return { messages, rest: 'half' };
      length += (byte & 0x7f) * 2 ** (7 * prefix);
      if (byte >= 0x80) continue;
      if (byte === 0 && prefix > 0) return { messages, rest: 'broken' };
      break;
    }
    at += prefix + 1;
    if (length > REQUEST_BYTES_MAX) return { messages, rest: 'broken' };
    if (bytes.length - at < length) return { messages, rest: 'half' };
    messages.push(bytes.subarray(at, at + length));
    at += length;
  }
  return { messages, rest: 'none' };
}
