// The control: two sentries that each sign with a copy of the key. Evidence must be seen here, by the same eyes that see none in the
// other rows; otherwise their "no evidence" says nothing.

import { Net } from './net.mjs';
import { judge } from './outcome.mjs';

const STEP = 10;
const HEIGHT_MAX = 80;
const STEP_MS_MAX = 60_000;

export async function control({ program, keep }) {
  const net = Net.create({ program, ports: await Net.freePorts() });
  net.copyKey();
  try {
    await net.start();
    let height = STEP;
    let seen = { evidence: [], conflicts: [] };
    while (seen.evidence.length === 0 && height < HEIGHT_MAX) {
      height += STEP;
      await net.untilHeight(height, STEP_MS_MAX);
      seen = await judge(net, 2, height - 1);
    }
    console.log(`   ${seen.evidence[0] ?? 'no evidence'}; ${seen.conflicts[0] ?? 'no conflicting vote in any log'}`);
    const problems = [];
    if (seen.evidence.length === 0) problems.push(`expected evidence by height ${height}, found none`);
    if (seen.conflicts.length === 0) problems.push('expected conflicting votes in the logs, found none');
    return { good: problems.length === 0, problems, heights: height - 2, evidence: seen.evidence.length };
  } finally {
    await net.stop({ keep });
  }
}
