// Handshakes that go wrong, for tcp and noise://. Each says whether it left the signer waiting for the rest.

import { noiseLink, secretHello, secretLink } from './links.mjs';
import { flip, spoilBytes } from './mutate.mjs';
import { pieces } from './streams.mjs';

const HTTP = Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n');
/** X25519 points of low order (the seven below 2^255). */
const LOW_ORDER = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
].map((each) => Buffer.from(each, 'hex'));

function send(stream, random, bytes) {
  for (const piece of pieces(random, bytes)) stream.write(piece);
}

/** A choice that sends bytes, made when it is chosen, and says whether it leaves the signer waiting. */
function sends(stream, random, weight, { silent, bytes }) {
  return [
    weight,
    async () => {
      send(stream, random, await bytes());
      return { silent };
    },
  ];
}

export async function disturbSecret(stream, random) {
  const { hello } = secretHello(random.bytes(32));
  const sending = (weight, what) => sends(stream, random, weight, what);
  return random.weighted([
    sending(2, { silent: true, bytes: () => random.bytes(1 + random.below(3000)) }),
    sending(2, { silent: true, bytes: () => spoilBytes(random, hello) }),
    sending(2, { silent: true, bytes: () => hello.subarray(0, random.below(hello.length)) }),
    sending(1, { silent: false, bytes: () => Buffer.concat([hello.subarray(0, 3), random.pick(LOW_ORDER)]) }),
    sending(1, { silent: true, bytes: () => Buffer.from(`ffffff7f0a${'ff'.repeat(random.below(40))}`, 'hex') }),
    sending(1, { silent: false, bytes: () => HTTP }),
    sending(1, { silent: false, bytes: async () => (await stream.read(35, 3000)) ?? hello }),
    sending(2, { silent: true, bytes: () => Buffer.concat([hello, random.bytes(random.below(3000))]) }),
    [
      3,
      async () => {
        await secretLink(stream, (proof) =>
          random.chance(0.5) ? flip(random, proof) : spoilBytes(random, proof),
        ).catch(() => {});
        return { silent: false };
      },
    ],
  ])();
}

export async function disturbNoise(stream, random, identity) {
  const length = (bytes) => Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes]);
  const sending = (weight, what) => sends(stream, random, weight, what);
  return random.weighted([
    sending(2, { silent: true, bytes: () => random.bytes(1 + random.below(3000)) }),
    sending(2, { silent: true, bytes: () => length(random.bytes(random.below(300))) }),
    sending(1, { silent: false, bytes: () => length(Buffer.concat([random.pick(LOW_ORDER), random.bytes(200)])) }),
    sending(1, { silent: true, bytes: () => Buffer.from('ffff', 'hex') }),
    sending(1, { silent: true, bytes: () => HTTP }),
    sending(1, { silent: false, bytes: async () => (await stream.read(34, 3000)) ?? HTTP }),
    [
      3,
      async () => {
        await noiseLink(stream, identity, (message) => flip(random, message)).catch(() => {});
        return { silent: false };
      },
    ],
    [
      2,
      async () => {
        await noiseLink(stream, identity, (message) => spoilBytes(random, message)).catch(() => {});
        return { silent: true };
      },
    ],
    // Another node than the pinned one, in a handshake that is good in all else.
    [
      2,
      async () => {
        await noiseLink(stream, random.bytes(32)).catch(() => {});
        return { silent: false };
      },
    ],
  ])();
}
