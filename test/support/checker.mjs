// Sees every signature that any node was given, and says whether the validator ever said two things at one height,
// round and step. It knows nothing of the signer: blocks and signatures only.

export class Checker {
  #said = new Map();
  signatures = 0;
  doubled = [];
  /** Equal messages that came with different signatures: harmless, but nodes complain. */
  resigned = 0;

  /** @param {{height: bigint, round: number, step: string, block: string, signature: Uint8Array}} signed */
  add({ height, round, step, block, signature }) {
    this.signatures++;
    const key = `${height}/${round}/${step}`;
    const hex = Buffer.from(signature).toString('hex');
    const before = this.#said.get(key);
    if (before === undefined) this.#said.set(key, { block, hex });
    else if (before.block !== block) this.doubled.push(`${key}: ${before.block.slice(0, 8)} and ${block.slice(0, 8)}`);
    else if (before.hex !== hex) this.resigned++;
  }
}

/** Value below which the share `p` of the numbers lies. */
export function percentile(numbers, p) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN;
}
