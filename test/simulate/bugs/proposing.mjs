// Bugs of what a leader may propose.

import { ASKS_EVERYONE, bug, COORDINATOR, FRAMES, LATE, LOG_IS_NOT_ASKED, REPORTS, REQUESTS } from './bug.mjs';

export const PROPOSING_BUGS = [
  // Whom a session asks is a second line behind what is proposed: without t that are known to be willing none is opened.
  bug(
    'a leader proposes before it holds the marks of t',
    [
      {
        file: REQUESTS,
        from: 'return this.#r.reports.willing(message).length >= this.#r.options.threshold;',
        to: 'return true;',
      },
      ASKS_EVERYONE,
      LOG_IS_NOT_ASKED,
    ],
    { faults: ['isolate', 'kill', 'cut'] },
  ),
  bug(
    't is counted one short',
    [
      {
        file: REQUESTS,
        from: 'return this.#r.reports.willing(message).length >= this.#r.options.threshold;',
        to: 'return this.#r.reports.willing(message).length >= this.#r.options.threshold - 1;',
      },
      ASKS_EVERYONE,
      LOG_IS_NOT_ASKED,
    ],
    { faults: ['isolate', 'kill', 'cut'] },
  ),
  bug(
    'a leader goes by marks of an older term',
    [
      { file: REPORTS, from: 'if (report.term !== this.#term) return false;', to: '' },
      { file: REPORTS, from: 'this.#byMember.clear();', to: '' },
      LOG_IS_NOT_ASKED,
    ],
    { size: [4, 3], contrary: 0.5, faults: ['isolate', 'cut', 'transfer', 'slow-network'], faultsMax: 24 },
  ),
  bug(
    'a leader proposes two messages at one place in a term',
    [
      { file: COORDINATOR, from: 'this.#proposed.set(proposedKey(message), message);', to: '' },
      // What it expects of the signers that it has asked rules out a second message as well.
      { file: COORDINATOR, from: 'this.#expect(message, session);', to: '' },
      LOG_IS_NOT_ASKED,
    ],
    { size: [5, 3], contrary: 1, network: LATE, faults: ['cut', 'isolate'], faultsMax: 8 },
  ),
  bug('an append is refused because of a mark', [
    {
      file: FRAMES,
      from: 'if (message !== undefined) log.step(message);',
      to: "if (message !== undefined && !(message.type === 'append' && message.entries.length > 0 && parts.marks.all().length > 0 && message.previousIndex % 3n === 0n)) log.step(message);",
    },
  ]),
];
