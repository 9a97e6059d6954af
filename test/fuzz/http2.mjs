// HTTP/2 by hand: frames as no library would write them (RFC 9113), with header blocks of literals only (RFC 7541, 6.2.2).

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const TYPES = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
};
const END_STREAM = 1;
const END_HEADERS = 4;

/** @param length - what the header says, where that is not the length of the payload */
export function frame(type, flags, stream, payload = Buffer.alloc(0), length = payload.length) {
  const header = Buffer.alloc(9);
  header.writeUIntBE(length & 0xffffff, 0, 3);
  header[3] = typeof type === 'number' ? type : TYPES[type];
  header[4] = flags;
  header.writeUInt32BE(stream >>> 0, 5);
  return Buffer.concat([header, payload]);
}

export const SETTINGS = frame('settings', 0, 0);

/** A gRPC call: headers, then one message. */
export function call(stream, path, message, more = []) {
  const headers = [
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', path],
    [':authority', '127.0.0.1'],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
    ...more,
  ];
  return [
    frame('headers', END_HEADERS, stream, headerBlock(headers)),
    frame('data', END_STREAM, stream, grpcFrame(message)),
  ];
}

/** Compressed flag, length, message. */
export function grpcFrame(message, { flag = 0, length = message.length } = {}) {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(length >>> 0, 1);
  return Buffer.concat([prefix, message]);
}

export function headerBlock(headers) {
  return Buffer.concat(headers.flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]));
}

function text(value) {
  const bytes = Buffer.from(value);
  const length = [];
  if (bytes.length < 127) length.push(bytes.length);
  else {
    length.push(127);
    let rest = bytes.length - 127;
    for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}

/** The frames in what a server said; what is left over is cut off. */
export function framesOf(bytes) {
  const frames = [];
  for (let at = 0; at + 9 <= bytes.length; ) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    frames.push({ type: bytes[at + 3], stream: bytes.readUInt32BE(at + 5), payload: bytes.subarray(at + 9, end) });
    at = end;
  }
  return frames;
}

/** The whole frames that have come; half a frame stays. */
export function takeFrames(stream) {
  const frames = [];
  while (stream.pending.length >= 9 && stream.pending.length >= 9 + stream.pending.readUIntBE(0, 3)) {
    const bytes = stream.take(9 + stream.pending.readUIntBE(0, 3));
    frames.push({ type: bytes[3], flags: bytes[4], stream: bytes.readUInt32BE(5), payload: bytes.subarray(9) });
  }
  return frames;
}

/** Bytes of data frames: the only place where a signature could be. */
export function dataBytes(bytes) {
  return framesOf(bytes).reduce((sum, { type, payload }) => sum + (type === TYPES.data ? payload.length : 0), 0);
}

/** Connections that no client makes: of one kind each, and bounded. */
export function oddConnection(random, callFrames) {
  const id = () => 1 + 2 * random.below(200);
  const flood = (make) => Buffer.concat(Array.from({ length: 200 + random.below(800) }, (_, at) => make(at)));
  const random32 = () => random.bytes(4);
  return random.weighted([
    [2, () => flood(() => SETTINGS)],
    [2, () => flood(() => frame('ping', 0, 0, random.bytes(8)))],
    [1, () => flood(() => frame('settings', 0, 0, Buffer.concat([Buffer.of(0, 1 + random.below(6)), random32()])))],
    [
      3,
      () =>
        flood((at) => Buffer.concat([callFrames(1 + 2 * at)[0], frame('reset', 0, 1 + 2 * at, Buffer.of(0, 0, 0, 8))])),
    ],
    [
      2,
      () =>
        Buffer.concat([
          frame('headers', 0, 1, headerBlock([[':method', 'POST']])),
          flood((at) => frame('continuation', 0, 1, headerBlock([[`x-${at}`, 'y'.repeat(200)]]))),
        ]),
    ],
    [2, () => frame('headers', END_HEADERS | END_STREAM, 1, random.bytes(random.below(400)))],
    [1, () => Buffer.concat([callFrames(1)[0], flood(() => frame('window', 0, 1, Buffer.of(0x7f, 255, 255, 255)))])],
    [1, () => frame('window', 0, 0, Buffer.alloc(4))],
    [
      2,
      () =>
        frame(random.below(20), random.below(256), random.pick([0, id(), 2, 2 ** 31]), random.bytes(random.below(60))),
    ],
    [1, () => frame('data', 0, id(), random.bytes(100))],
    [1, () => frame(random.below(10), 0, 1, random.bytes(20), random.pick([0, 19, 21, 16385, 0xffffff]))],
    [1, () => Buffer.concat([frame('goaway', 0, 0, Buffer.alloc(8)), ...callFrames(1)])],
    [2, () => flood((at) => callFrames(1 + 2 * at)[0])],
    [1, () => frame('headers', END_HEADERS, 1, headerBlock(Array.from({ length: 1500 }, (_, at) => [`x-${at}`, 'y'])))],
    [1, () => frame('headers', END_HEADERS, 1, headerBlock([[':path', '/'.repeat(60_000)]]))],
  ])();
}
