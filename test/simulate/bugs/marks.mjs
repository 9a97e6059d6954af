// Bugs of the mark and the rule.

import { BATCHES, bug, DESK, HRS, MARKS, PARTS, RECORDS, RELEASE, RULE } from './bug.mjs';

export const MARKS_BUGS = [
  bug('a share leaves before its sync', [
    {
      file: DESK,
      from: 'batches.waiting.releases.push(pending);',
      to: 'this.synced(pending);',
    },
    {
      file: RELEASE,
      from: "if (!this.#deps.marks.isDurably(message)) return discard(pending, 'the mark has moved on');",
      to: '',
    },
  ]),
  bug('the mark is not written', [{ file: BATCHES, from: 'this.#records.push(markRecord(mark));', to: '' }]),
  bug('equal bytes are released while their first sync is under way', [
    {
      file: DESK,
      from: 'batches.waiting.releases.push(pending);',
      to: 'if (pending.moved === undefined) { this.synced(pending); return; } batches.waiting.releases.push(pending);',
    },
    {
      file: RELEASE,
      from: "if (!this.#deps.marks.isDurably(message)) return discard(pending, 'the mark has moved on');",
      to: '',
    },
  ]),
  bug('equality by height, round and step only', [
    {
      file: RULE,
      from: "if (equalExceptTimestamp(mark.signBytes, request)) return { kind: 'timestamp-only' };\n  return { kind: 'denied', reason: 'conflicting-data' };",
      to: "return { kind: 'same' };",
    },
    {
      file: MARKS,
      from: 'return mark?.signBytes !== undefined && equalBytes(mark.signBytes.bytes, signBytes.bytes);',
      to: 'return true;',
    },
  ]),
  bug('the order of steps is wrong', [
    {
      file: HRS,
      from: 'return STEP_NUMBER[a.step] - STEP_NUMBER[b.step];',
      to: 'return STEP_NUMBER[b.step] - STEP_NUMBER[a.step];',
    },
  ]),
  bug('rounds do not count', [{ file: HRS, from: 'if (a.round !== b.round) return a.round - b.round;', to: '' }]),
  bug(
    'a cut of the log lowers a mark',
    [
      {
        file: RECORDS,
        from: 'entries = entries.filter((entry) => entry.index < from);',
        to: 'entries = entries.filter((entry) => entry.index < from); marks.clear();',
      },
    ],
    { faults: ['isolate', 'isolate', 'power-loss'] },
  ),
  bug('a snapshot of the store is without marks', [{ file: RECORDS, from: '...state.marks.map(markRecord),', to: '' }]),
  bug(
    'a snapshot from the leader lowers the marks',
    [{ file: RECORDS, from: 'case RECORD_SNAPSHOT:', to: 'case RECORD_SNAPSHOT: marks.clear();' }],
    { faults: ['isolate', 'kill', 'power-loss'] },
  ),
  bug(
    'marks are not read back at the start',
    [{ file: PARTS, from: 'new Marks(restored.marks)', to: 'new Marks([])' }],
    { faults: ['kill', 'power-loss'] },
  ),
  bug('the mark on disk is not asked again after the sync', [
    {
      file: RELEASE,
      from: "if (!this.#deps.marks.isDurably(message)) return discard(pending, 'the mark has moved on');",
      to: '',
    },
    { file: DESK, from: 'batches.writeMark(pending.moved);', to: '' },
  ]),
];
