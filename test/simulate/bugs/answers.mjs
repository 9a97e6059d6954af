// Bugs of answers and refusals.

import { bug, FORWARDING, PARTS, RAFT, REPORTS, REQUESTS, SESSIONS, STATE } from './bug.mjs';

export const ANSWERS_BUGS = [
  bug(
    'a leader answers before its own entry is on disk',
    [{ file: PARTS, from: 'isDurable: (index) => log.current.durableIndex >= index,', to: 'isDurable: () => true,' }],
    { faults: ['power-loss', 'slow-disk', 'isolate'] },
  ),
  bug(
    'what was on disk before a cut of the log counts as on disk after it',
    [
      {
        file: `${RAFT}/journal.ts`,
        from: 'this.#durableIndex = lesser(this.#durableIndex, last);',
        to: 'this.#durableIndex = lesser(this.#durableIndex, this.#durableIndex);',
      },
    ],
    { faults: ['isolate', 'slow-disk', 'transfer'] },
  ),
  bug('a forwarded signature is passed on unseen', [
    {
      file: FORWARDING,
      from: 'if (!this.#isSignatureFor(request, signature, timestamp, extensionSignature)) {',
      to: 'if (signature.length !== 64) {',
    },
  ]),
  bug('an aggregate is not verified', [
    {
      file: SESSIONS,
      from: 'return this.#s.deps.verify(task.chain.group.groupKey, message, signature) ? signature : undefined;',
      to: 'return signature;',
    },
  ]),
  bug('a result in the log is believed', [
    {
      file: STATE,
      from: 'if (isKnown(chain, claim) || this.#deps.verify(message.chainId, message.bytes, result.signature))',
      to: '',
    },
  ]),
  bug('a refusal by one mark less than n - t + 1', [
    {
      file: REQUESTS,
      from: 'return reports.blocked(message).length >= options.members.length - options.threshold + 1;',
      to: 'return reports.blocked(message).length >= options.members.length - options.threshold;',
    },
  ]),
  bug('a refusal by marks that are not on disk', [
    {
      file: REPORTS,
      from: '(mark) => mark?.durable === true && compareHrs',
      to: '(mark) => mark !== undefined && compareHrs',
    },
  ]),
  bug("a refusal from a cosigner's own tail", [
    {
      file: REQUESTS,
      from: 'if (this.#answeredByResult(request, chain)) return;',
      to: "if (this.#answeredByResult(request, chain)) return;\n    const tail = this.#r.state.latestIntent(request.message.chainId, request.message)?.message;\n    if (tail !== undefined && !equalExceptTimestamp(tail, request.message)) { this.#deny(request, 'the tail has other data'); return; }",
    },
  ]),
  bug('a refusal during an election', [
    {
      file: REQUESTS,
      from: 'if (this.#r.isLeader()) this.#lead(request, chain);',
      to: "if (!this.#r.isLeader() && this.#r.leaderConnection() === undefined) this.#deny(request, 'no leader');\n    else if (this.#r.isLeader()) this.#lead(request, chain);",
    },
  ]),
  bug('a replay with the time that was asked, not the one that was signed', [
    {
      file: REQUESTS,
      from: "this.settle(request, { kind: 'signed', signature, timestamp: signed.timestamp, extensionSignature });",
      to: "this.settle(request, { kind: 'signed', signature, timestamp: message.timestamp, extensionSignature });",
    },
  ]),
];
