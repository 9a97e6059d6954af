// Bugs of going on.

import { bug, DESK, NONCE_DESK, RAFT, REPLICATED_LOG, REQUESTS, SESSIONS } from './bug.mjs';

/** Who refused is asked again where nobody else is left, and with the next tick. */
const REFUSALS_ARE_FINAL = [
  {
    file: SESSIONS,
    from: 'task.excluded.clear();\n        this.#blameForNonces',
    to: 'this.#blameForNonces',
  },
  {
    file: SESSIONS,
    from: '      // Nobody is left to ask. Who refused may have had a reason that is gone; a lie costs one more session.\n      task.excluded.clear();',
    to: '',
  },
];

const LYING_LEADER = { size: [4, 3], lies: ['forged-leadership'], faults: [] };

export const GOING_ON_BUGS = [
  bug(
    'what a lying leader had committed is never given up',
    [
      {
        file: REPLICATED_LOG,
        from: "if (error instanceof RaftError && error.detail.code === 'COMMITTED_CONTRADICTED') this.#raft.startOver();",
        to: '',
      },
    ],
    LYING_LEADER,
  ),
  bug(
    'a snapshot that cannot be read is taken into the log',
    [
      {
        file: REPLICATED_LOG,
        from: "if (type === 'snapshot') decodeSnapshotData(message.snapshot.data);",
        to: '',
      },
    ],
    // Who has taken it in cannot start again.
    { ...LYING_LEADER, faults: ['kill', 'power-loss'], changes: 0 },
  ),
  bug(
    'what is told from beyond the reach of a member never comes into it',
    [{ file: `${RAFT}/reach.ts`, from: '(this.#isWanted ? this.#value : from)', to: 'from' }],
    LYING_LEADER,
  ),
  bug('a held request is not asked again of the next leader', [
    {
      file: REQUESTS,
      from: 'if (before?.connection.connectionId === to.connectionId && before.term === this.#r.term()) return;',
      to: 'if (before !== undefined) return;',
    },
  ]),
  bug('who refused is never asked again', REFUSALS_ARE_FINAL, {
    size: [5, 4],
    lies: ['wrong-shares'],
    // Not those that mostly lead.
    faulty: ['c4', 'c5'],
    faults: [],
    changes: 0,
  }),
  bug(
    'a request for a share leaves with the next tick',
    [
      {
        file: DESK,
        from: 'outbox.urgentFrame(member.name).shareRequests',
        to: 'outbox.frame(member.name).shareRequests',
      },
    ],
    { size: [3, 2], faults: [], network: { latencyMs: 1, jitterMs: 2, datagrams: false } },
  ),
  bug("commitments that a leader holds for itself come into the next leader's stock", [
    {
      file: NONCE_DESK,
      from: 'if (handedOn) {\n          this.#remember',
      to: 'if (handedOn && identifier !== member.identifier) {\n          this.#remember',
    },
    // Where who refused is asked again, it costs a session and no more.
    ...REFUSALS_ARE_FINAL,
  ]),
];
