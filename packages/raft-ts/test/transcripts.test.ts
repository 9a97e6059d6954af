/** Every script in data/ is run anew and must come out word for word. After a wanted change: `vitest -u`, and read the difference. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatTraceEvent } from '../src/index.js';
import { checkTrace } from '../src/trace-check/index.js';
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
  ['no-pre-vote', 'without pre-vote, who was cut off comes back with a newer term'],
  ['figure-8', 'figure 3.7 (figure 8 of the paper), (a) to (d): an old entry on a majority is not committed'],
  ['figure-8-committed', 'figure 3.7 (figure 8 of the paper), (e): with an entry of its own term it is'],
  ['transfer-failures', 'a transfer whose target or leader dies, or that is replaced'],
  ['snapshot-failed', 'a snapshot that is lost is sent again when the follower is heard'],
  ['rejoin', 'who was cut off for long comes back in the term in which it left'],
  ['learner', 'a learner gets the log, counts for nothing, and is promoted'],
  ['joint', 'two of three members are replaced at once'],
  ['joint-leader-removed', 'the leader is replaced: it steps down when the joint configuration is left'],
  ['left-alone', 'a voter that is left alone learns of it from the refusal of who was removed'],
  ['removed', 'a member that does not know of its removal disturbs nobody'],
  ['unapplied', 'a member with a committed change still to apply does not campaign'],
  ['read-index', 'reads without a log entry'],
] as const;

describe('transcripts', () => {
  it.each(SCRIPTS)('%s: %s', async (name) => {
    const file = new URL(`data/${name}.txt`, import.meta.url).pathname;
    const transcript = new Transcript();
    await expect(transcript.run(readFileSync(file, 'utf8'))).toMatchFileSnapshot(file);
    // And the rules hold, by a checker that knows nothing of the core.
    expect(() => checkTrace(transcript.trace.map(formatTraceEvent))).not.toThrow();
  });
});
