// Bugs of binding of share and entry.

import { bug, LATE, LOG_IS_NOT_ASKED, RELEASE } from './bug.mjs';

export const BINDING_BUGS = [
  bug(
    'a share is given to who does not lead',
    [
      {
        file: RELEASE,
        from: "if (request.term !== this.#deps.term() || this.#deps.leader() !== from.peer)\n      return refused('not the leader of this term');",
        to: '',
      },
      {
        file: RELEASE,
        from: "if (this.#deps.term() !== request.term || this.#deps.leader() !== from.peer)\n      return discard(pending, 'the term has moved');",
        to: '',
      },
      LOG_IS_NOT_ASKED,
    ],
    { network: LATE, faults: ['isolate', 'cut', 'transfer'] },
  ),
];
