/** The command: listens as a node, has a signer dial, prints a table. */

import { Command } from 'commander';
import { conforms, type Result, runSuite } from './suite.js';

const MARKS = { passed: 'ok', failed: 'FAILED', 'not applicable': '-', 'not run': 'LOST' } as const;

const program = new Command('quorumsign-conformance')
  .description(
    'Checks a remote signer against what Tendermint and CometBFT nodes expect. It listens where a node would (priv_validator_laddr); point ' +
      'the signer there. IT MAKES THE SIGNER SIGN: never use a key that a chain knows.',
  )
  .argument('<address>', 'tcp://host:port or unix:///path to listen at')
  .requiredOption('--chain-id <id>', 'the chain that the signer is configured for')
  .option('--start-height <height>', 'first height to be signed', '1')
  .option('--wait <seconds>', 'for the signer to dial', '30')
  .option('--strict', 'fail on what is merely advisable, too', false)
  .option('-o, --output <format>', 'text or json', 'text');

program.parse();
const { chainId, startHeight, wait, strict, output } = program.opts<Record<string, string> & { strict: boolean }>();
const [address = ''] = program.args;
const problem = problemOf();
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 2;
} else {
  process.exitCode = await main();
}

function problemOf(): string | undefined {
  if (!/^(tcp|unix):\/\/./.test(address)) return `expected tcp://host:port or unix:///path, found ${address}`;
  if (!/^[1-9][0-9]{0,17}$/.test(startHeight ?? '')) return `--start-height: expected a height, found ${startHeight}`;
  if (!/^[1-9][0-9]{0,4}$/.test(wait ?? '')) return `--wait: expected seconds, found ${wait}`;
  return output === 'text' || output === 'json' ? undefined : `--output: expected text or json, found ${output}`;
}

async function main(): Promise<number> {
  let results: readonly Result[];
  const options = {
    listen: address,
    chainId: chainId ?? '',
    startHeight: BigInt(startHeight ?? '1'),
    waitMs: Number(wait) * 1000,
  };
  try {
    results = await runSuite(options, {
      listening: (bound) =>
        process.stderr.write(`listening at ${bound}; waiting up to ${wait} s for the signer to dial\n`),
      told: (result) => output === 'text' && process.stdout.write(`${lineOf(result)}\n`),
      lost: ({ title }) =>
        process.stderr.write(
          `the signer did not come back after "${title}"; waiting up to ${wait} s for its restart\n`,
        ),
    });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
  const good = conforms(results, strict);
  const count = (verdict: Result['verdict']) => results.filter((each) => each.verdict === verdict).length;
  if (output === 'json') process.stdout.write(`${JSON.stringify({ conforms: good, results }, undefined, 2)}\n`);
  else
    process.stdout.write(
      `${count('passed')} passed, ${count('failed')} failed; ${good ? 'conforms' : 'DOES NOT CONFORM'}\n`,
    );
  return good ? 0 : 1;
}

function lineOf({ group, title, level, verdict, detail }: Result): string {
  const tail = detail === '' ? '' : `  (${detail})`;
  return `${MARKS[verdict].padEnd(6)} ${level.padEnd(6)} ${group.padEnd(12)} ${title}${tail}`;
}
