/** Every script in data/ is run anew and must come out word for word. After a wanted change: `vitest -u`, and read the difference. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Transcript } from './transcript.js';

const SCRIPTS = [
  ['election', 'elects a leader in two round trips, and another one when it is lost, without a tick'],
  ['split-vote', 'resolves a split vote within a few ticks'],
  ['disturbance', 'a member that was cut off comes back without disturbing anybody'],
  ['figure-7', 'brings all logs of figure 3.6 (figure 7 of the paper) into line'],
  ['snapshot', 'brings up a member that needs what was compacted'],
  ['transfer', 'hands leadership over, and goes on when that fails'],
  ['check-quorum', 'a leader without a quorum steps down'],
  ['partition', 'a leader in the minority is replaced, and its uncommitted entries with it'],
  ['slow-disk', 'commits past a leader with a slow disk, and survives its crash'],
] as const;

describe('transcripts', () => {
  it.each(SCRIPTS)('%s: %s', async (name) => {
    const file = new URL(`data/${name}.txt`, import.meta.url).pathname;
    await expect(new Transcript().run(readFileSync(file, 'utf8'))).toMatchFileSnapshot(file);
  });
});
