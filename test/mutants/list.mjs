// One mutation for each safety rule of the design, section 3: the line that holds it, and what it becomes without it.

const RELEASE = 'packages/cosigner/src/core/share-release.ts';
const REPORTS = 'packages/cosigner/src/core/mark-reports.ts';
const REQUESTS = 'packages/cosigner/src/core/requests.ts';
const COORDINATOR = 'packages/cosigner/src/core/coordinator.ts';
const SESSIONS = 'packages/cosigner/src/core/sessions.ts';
const NONCE_USE = 'packages/cosigner/src/core/nonce-use.ts';
const CORE = 'packages/cosigner/src/core/core.ts';
const RULE = 'packages/sign-state/src/rule.ts';
const COSIGNER = ['packages/cosigner'];
const SIGN_STATE = ['packages/sign-state'];
const FROST = ['packages/frost'];

export const MUTANTS = [
  {
    rule: 'the rule: other bytes at one HRS are denied',
    file: RULE,
    from: "if (equalExceptTimestamp(mark.signBytes, request)) return { kind: 'timestamp-only' };\n  return { kind: 'denied', reason: 'conflicting-data' };",
    to: "return { kind: 'same' };",
    tests: SIGN_STATE,
  },
  {
    rule: 'the rule: a lower step is denied',
    file: 'packages/sign-state/src/hrs.ts',
    from: 'return STEP_NUMBER[a.step] - STEP_NUMBER[b.step];',
    to: 'return STEP_NUMBER[b.step] - STEP_NUMBER[a.step];',
    tests: SIGN_STATE,
  },
  {
    rule: 'the rule: bytes unknown at the mark deny the HRS',
    file: RULE,
    from: "if (mark.signBytes === undefined) return { kind: 'denied', reason: 'conflicting-data' };",
    to: "if (mark.signBytes === undefined) return { kind: 'new' };",
    tests: SIGN_STATE,
  },
  {
    rule: 'sign bytes are canonical: encoding again gives the same',
    file: 'packages/sign-state/src/sign-bytes.ts',
    from: 'assertCanonical(bytes, encodeParsed(parsed, parsed.timestamp));',
    to: '',
    tests: SIGN_STATE,
  },
  {
    rule: 'marks only rise',
    file: 'packages/cosigner/src/core/marks.ts',
    from: 'compareHrs(mark, before) <= 0',
    to: 'false',
    tests: COSIGNER,
  },
  {
    rule: 'the mark is durable before the share leaves',
    file: RELEASE,
    from: "if (!this.#deps.marks.isDurably(message)) return discard(pending, 'the mark has moved on');",
    to: '',
    tests: COSIGNER,
  },
  {
    rule: 'nothing that a batch promises leaves before its sync',
    file: CORE,
    from: 'batch = { waiting, records: this.#records };',
    to: 'batch = { waiting: nothingWaiting(), records: this.#records };\n        this.#setFree(waiting);',
    tests: COSIGNER,
  },
  {
    rule: 'the term is checked again after the sync',
    file: RELEASE,
    from: "if (this.#deps.term() !== request.term || this.#deps.leader() !== from.peer)\n      return discard(pending, 'the term has moved');",
    to: '',
    tests: COSIGNER,
  },
  {
    rule: 'the entry is checked again after the sync',
    file: RELEASE,
    from: "if (this.#deps.termAt(request.index) !== request.term) return discard(pending, 'the entry is gone');",
    to: '',
    tests: COSIGNER,
  },
  {
    rule: 'a share only for the leader of the current term',
    file: RELEASE,
    from: "if (request.term !== this.#deps.term() || this.#deps.leader() !== from.peer)\n      return refused('not the leader of this term');",
    to: '',
    tests: COSIGNER,
  },
  {
    rule: 'a share only for an entry of the current term',
    file: RELEASE,
    from: 'intent === undefined || intent.term !== request.term || this.#deps.termAt(request.index) !== request.term',
    to: 'intent === undefined',
    tests: COSIGNER,
  },
  {
    rule: 'limits are checked by every cosigner',
    file: RELEASE,
    from: 'if (limit !== undefined) return refused(limit);',
    to: '',
    tests: COSIGNER,
  },
  {
    rule: 'an extension only beside its own non-nil precommit',
    file: RELEASE,
    from: "if (!same) return 'an extension of another vote';",
    to: '',
    tests: COSIGNER,
  },
  {
    rule: 'commitments of other signers are used once',
    file: NONCE_USE,
    from: 'if (keys.some((key) => used.has(key))) return false;',
    to: '',
    tests: COSIGNER,
  },
  {
    rule: 'the own commitment in the list is the published one',
    file: NONCE_USE,
    from: 'if (!matches || !this.#firstUse(from.peer, part.commitments)) {',
    to: 'if (!this.#firstUse(from.peer, part.commitments)) {',
    tests: COSIGNER,
  },
  {
    rule: 'silence counts as unwilling, reports only of the own term',
    file: REPORTS,
    from: 'if (report.term !== this.#term) return;',
    to: '',
    tests: COSIGNER,
  },
  {
    rule: 'an older report never overwrites a newer one',
    file: REPORTS,
    from: 'if (before === undefined || compareHrs(mark, before) >= 0) marks.set(each.chainId, mark);',
    to: 'marks.set(each.chainId, mark);',
    tests: COSIGNER,
  },
  {
    rule: 'a mark whose sync is under way is no reason to deny',
    file: REPORTS,
    from: '(mark) => mark?.durable === true && compareHrs',
    to: '(mark) => mark !== undefined && compareHrs',
    tests: COSIGNER,
  },
  {
    rule: 'a leader proposes only what t cosigners can sign',
    file: REQUESTS,
    from: 'const chosen = candidates.find((candidate) => this.#allowed(candidate));',
    to: 'const chosen = candidates[1];',
    tests: COSIGNER,
  },
  {
    rule: 'a share that does not verify is not answered with',
    file: SESSIONS,
    from: 'return this.#s.deps.verify(task.chain.group.groupKey, message, signature) ? signature : undefined;',
    to: 'return signature;',
    tests: COSIGNER,
  },
  {
    rule: 'the leader answers only when its own entry is durable',
    file: COORDINATOR,
    from: 'mayFinish: () => this.#c.isDurable(index),',
    to: 'mayFinish: () => true,',
    tests: COSIGNER,
  },
  {
    rule: 'raw bytes only by the rule, on every cosigner',
    file: RELEASE,
    from: 'if (reason !== undefined) return refused(reason);',
    to: '',
    tests: COSIGNER,
  },
  {
    rule: 'raw bytes only with an allowed prefix',
    file: 'packages/sign-state/src/raw-bytes.ts',
    from: 'if (reason !== undefined && !',
    to: 'if (false && !',
    tests: SIGN_STATE,
  },
  {
    rule: 'raw bytes that parse as sign bytes are never signed',
    file: 'packages/sign-state/src/raw-bytes.ts',
    from: 'return isSignBytes(bytes)',
    to: 'return false',
    tests: SIGN_STATE,
  },
  {
    rule: 'the threshold is above half',
    file: CORE,
    from: 'if (threshold * 2 <= members.length || threshold > members.length) {',
    to: 'if (threshold > members.length) {',
    tests: COSIGNER,
  },
  {
    rule: 'a nonce pair is used once',
    file: 'packages/frost/src/nonce-pair.ts',
    from: "if (this.#spent) throw new FrostError({ code: 'NONCE_USED' });",
    to: '',
    tests: FROST,
  },
  {
    rule: 'a nonce pair leaves the stock when it is taken',
    file: 'packages/frost/src/nonce-stock.ts',
    from: 'shelf.pairs.delete(number);\n    return found?.pair;',
    to: 'return found?.pair;',
    tests: FROST,
  },
  {
    rule: 'a reconnect voids the nonce pairs',
    file: 'packages/frost/src/nonce-stock.ts',
    from: 'if (shelf === undefined || shelf.connectionId !== reservation.connectionId) return undefined;',
    to: 'if (shelf === undefined) return undefined;',
    tests: FROST,
  },
  {
    rule: 'commitments are points of prime order',
    file: 'packages/frost/src/nonce-pair.ts',
    from: 'if (!edwards.isValidPoint(point)) {',
    to: 'if (point.length !== 32) {',
    tests: FROST,
  },
  {
    rule: 'arithmetic that disagrees with libsodium does not start',
    file: 'packages/frost/src/arithmetic.ts',
    from: 'assertAgreement(edwards, sodium);',
    to: '',
    tests: FROST,
  },
  {
    rule: 'a released point is not used',
    file: 'packages/frost/src/prepared-point.ts',
    from: "if (this.#released) throw new Error('impossible: a prepared point used after its release');",
    to: '',
    tests: FROST,
  },
  {
    rule: 'a share of another epoch signs nothing',
    file: 'packages/frost/src/group.ts',
    from: 'if (share.epoch !== group.epoch) {',
    to: 'if (share.epoch < 0) {',
    tests: FROST,
  },
];
