// Real nodes of every family against real cosigner processes: installs what is missing, runs the rows one after the other, closes with
// a table. `--only TEXT` (repeatable) takes the rows whose name holds it; `--list` names them; `--keep` leaves the nodes' homes.

import { parseArgs } from 'node:util';
import { install } from './nodes.mjs';
import { ROWS } from './rows.mjs';
import { table } from './table.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    list: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});
const chosen = ROWS.filter(({ name }) => values.only.length === 0 || values.only.some((text) => name.includes(text)));
if (chosen.length === 0) {
  console.log(`expected --only with a part of one of these, found ${values.only.join(', ')}`);
  for (const { name } of ROWS) console.log(`  ${name}`);
  process.exitCode = 2;
} else if (values.list) {
  for (const { name } of chosen) console.log(name);
} else {
  const results = [];
  for (const row of chosen) results.push(await runRow(row));
  console.log(`\n${table(results)}`);
  process.exitCode = results.some(({ verdict }) => verdict === 'FAILED') ? 1 : 0;
}

async function runRow(row) {
  console.log(`== ${row.name}`);
  const startMs = performance.now();
  const result = await attempt(row);
  const seconds = Math.round((performance.now() - startMs) / 1000);
  if (result.verdict === 'SKIPPED') console.log(`!! SKIPPED ${row.name}: ${result.reason}`);
  else console.log(`-- ${row.name}: ${result.verdict} in ${seconds} s`);
  for (const problem of result.outcome?.problems ?? []) console.log(`   ${problem}`);
  return { row, seconds, ...result };
}

async function attempt(row) {
  const { program, reason } = install(row.program);
  if (program === undefined) return { verdict: 'SKIPPED', reason };
  const lacking = await row.lacking?.();
  if (lacking !== undefined) return { verdict: 'SKIPPED', reason: lacking };
  let timer;
  const late = new Promise((_resolve, reject) => {
    const say = () => reject(new Error(`expected the row to end within ${row.limitMs} ms, it did not`));
    timer = setTimeout(say, row.limitMs);
  });
  const running = row.run({ program, keep: values.keep });
  try {
    const outcome = await Promise.race([running, late]);
    return { verdict: outcome.good ? 'passed' : 'FAILED', outcome };
  } catch (error) {
    console.log(`   ${error.message}`);
    // Its waits are bounded too: the next row does not start beside its processes.
    await Promise.allSettled([running]);
    return { verdict: 'FAILED' };
  } finally {
    clearTimeout(timer);
  }
}
