// What a chain says of our validator afterwards: votes that are missing from the blocks, double signs, rounds that failed.
//
// `/commit` of a height below the newest is taken from the next block, so it is what all nodes agree on. A node that sees two votes of
// its own validator says so in its log and tells nobody; hence the logs of the sentries are read as well as the blocks.

import { readFileSync } from 'node:fs';

const FOR_THE_BLOCK = 2;
/** With equal powers the proposers of successive heights take turns. */
const VALIDATORS = 4;

/** @returns heights that were missed, evidence, log lines about conflicting votes, and rounds that failed, over a range */
export async function judge(net, from, to) {
  const address = JSON.parse(readFileSync(net.keyFile, 'utf8')).address;
  const missed = [];
  const evidence = [];
  const rounds = new Map();
  const proposers = new Map();
  for (let height = from; height <= to; height++) {
    const { validators } = await net.rpc(`validators?height=${height}&per_page=100`);
    const index = validators.findIndex((validator) => validator.address === address);
    const { signed_header: header } = await net.rpc(`commit?height=${height}`);
    if (index < 0 || header.commit.signatures[index]?.block_id_flag !== FOR_THE_BLOCK) missed.push(height);
    rounds.set(height, header.commit.round);
    if (header.commit.round === 0) proposers.set(height % VALIDATORS, header.header.proposer_address);
    const { block } = await net.rpc(`block?height=${height}`);
    evidence.push(...block.evidence.evidence.map((each) => `${each.type} in block ${height}`));
  }
  return { missed, evidence, conflicts: conflicts(net), ...failedRounds(rounds, proposers, address) };
}

/** A round is lost by its proposer, as far as the blocks tell; those of which nothing can be told count as ours. */
function failedRounds(rounds, proposers, address) {
  const ours = [];
  const others = [];
  for (const [height, decided] of rounds) {
    for (let round = 0; round < decided; round++) {
      const proposer = proposers.get((height + round) % VALIDATORS);
      (proposer === undefined || proposer === address ? ours : others).push(`${height}/${round}`);
    }
  }
  return { failedByOurs: ours, failedByOthers: others };
}

function conflicts(net) {
  return net.nodes.flatMap((at) =>
    net
      .log(at)
      .split('\n')
      .filter((line) => /conflicting vote/i.test(line))
      .map((line) => `node${at}: ${line.slice(0, 160)}`),
  );
}
