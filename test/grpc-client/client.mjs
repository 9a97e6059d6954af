// A node that dials, made of its .proto and @grpc/grpc-js alone; it verifies what it is given by sign bytes of its own making.

import { createPublicKey, verify } from 'node:crypto';
import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const proto = new URL('privval.proto', import.meta.url).pathname;
const { PrivValidatorAPI } = loadPackageDefinition(loadSync(proto, { keepCase: true, longs: String, defaults: false }))
  .tendermint.privval;

export class NodeClient {
  #client;
  #chainId;
  #key;

  /** @param tls - undefined for plain text; else { root, certificate, key }, PEM */
  constructor(address, chainId, tls) {
    const pem = (text) => (text === undefined ? null : Buffer.from(text));
    const secured = tls && credentials.createSsl(pem(tls.root), pem(tls.key), pem(tls.certificate));
    this.#client = new PrivValidatorAPI(address.replace('grpc://', ''), secured ?? credentials.createInsecure(), {
      'grpc.enable_retries': 0,
      'grpc.use_local_subchannel_pool': 1,
    });
    this.#chainId = chainId;
  }

  close() {
    this.#client.close();
  }

  async publicKey(chainId = this.#chainId) {
    const { pub_key: found } = await this.#call('GetPubKey', { chain_id: chainId });
    const prefix = Buffer.from('302a300506032b6570032100', 'hex');
    this.#key = createPublicKey({ key: Buffer.concat([prefix, found.ed25519]), format: 'der', type: 'spki' });
    return found.ed25519.toString('base64');
  }

  /** @returns the signature, verified over this vote's own bytes */
  async prevote(height, block, { round = 0, seconds = 1_700_000_000 } = {}) {
    const hash = Buffer.alloc(32, block);
    const vote = {
      type: 1,
      height: String(height),
      round,
      block_id: { hash, part_set_header: { total: 1, hash } },
      timestamp: { seconds: String(seconds), nanos: 5 },
      validator_address: Buffer.alloc(20),
    };
    const { vote: signed } = await this.#call('SignVote', { vote, chain_id: this.#chainId });
    const { signature, timestamp } = signed;
    const bytes = voteSignBytes(height, round, hash, Number(timestamp.seconds), this.#chainId);
    if (!verify(null, bytes, this.#key, signature)) throw new Error('expected a signature that verifies');
    return signature.toString('hex');
  }

  async proposal(height, block) {
    const hash = Buffer.alloc(32, block);
    const proposal = {
      type: 32,
      height: String(height),
      round: 0,
      pol_round: -1,
      block_id: { hash, part_set_header: { total: 1, hash } },
      timestamp: { seconds: '1700000000', nanos: 5 },
    };
    const { proposal: signed } = await this.#call('SignProposal', { proposal, chain_id: this.#chainId });
    return signed.signature.toString('hex');
  }

  #call(method, request) {
    return new Promise((resolve, reject) => {
      const options = { deadline: Date.now() + 3000 };
      this.#client[method](request, options, (error, reply) => (error ? reject(error) : resolve(reply)));
    });
  }
}

/** CanonicalVote of a prevote, delimited (cometbft v0.38 types/canonical.go). */
function voteSignBytes(height, round, hash, seconds, chainId) {
  const parts = [Buffer.of(0x08, 1), sfixed64(2, height)];
  if (round > 0) parts.push(sfixed64(3, round));
  const header = Buffer.concat([Buffer.of(0x08, 1), delimited(2, hash)]);
  parts.push(delimited(4, Buffer.concat([delimited(1, hash), delimited(2, header)])));
  parts.push(delimited(5, Buffer.concat([Buffer.of(0x08), varint(seconds), Buffer.of(0x10, 5)])));
  parts.push(delimited(6, Buffer.from(chainId)));
  const whole = Buffer.concat(parts);
  return Buffer.concat([varint(whole.length), whole]);
}

function sfixed64(field, value) {
  const bytes = Buffer.alloc(9);
  bytes[0] = (field << 3) | 1;
  bytes.writeBigInt64LE(BigInt(value), 1);
  return bytes;
}

function delimited(field, content) {
  return Buffer.concat([Buffer.of((field << 3) | 2), varint(content.length), content]);
}

function varint(value) {
  const bytes = [];
  let rest = BigInt(value);
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
