// Bugs of the passage of the keys from one epoch to the next.

import { bug, EPOCHS, FRAMES, PARTS } from './bug.mjs';

const CHANGES = { changes: 1 };
/** Nodes that ask for different blocks, so that marks differ. */
const CONTRARY = { ...CHANGES, contrary: 0.5 };
export const EPOCHS_BUGS = [
  bug(
    'shares leave a sealed epoch',
    [{ file: PARTS, from: 'isSealed: () => seal.isClosed,', to: 'isSealed: () => false,' }],
    CHANGES,
  ),
  bug(
    'a seal is forgotten over a restart',
    [{ file: PARTS, from: 'new Seal(batches, restored.seal)', to: "new Seal(batches, '')" }],
    CHANGES,
  ),
  bug(
    'a dealer deals before its seal, and whom it deals to, are on disk',
    [
      {
        file: `${EPOCHS}/dealing.ts`,
        from: 'return this.#isSealed || this.#passage.isBegun();',
        to: 'return this.#d.sealedFor() === this.#passage.named.id || this.#passage.isBegun();',
      },
      {
        file: `${EPOCHS}/dealing.ts`,
        from: 'const dealt = this.#passage.durable().dealt.find(',
        to: 'const dealt = this.#passage.record().dealt.find(',
      },
    ],
    CHANGES,
  ),
  bug(
    "the dealers' marks are not carried over",
    [
      {
        file: `${EPOCHS}/contributions.ts`,
        from: 'const mark = carriedMark([...own, ...[...told.values()].flat()], carrying.wallMs);',
        to: 'const mark = carriedMark([...own], carrying.wallMs);',
      },
      // A leader that knows the signature of a place refuses other bytes there; one that lies would not.
      { file: `${EPOCHS}/contributions.ts`, from: 'results: results.slice(-RESULTS_MAX),', to: 'results: [],' },
    ],
    CONTRARY,
  ),
  bug(
    'the lowest mark of the dealers is carried over',
    [
      {
        file: `${EPOCHS}/carried-marks.ts`,
        from: 'found === undefined || compareHrs(mark, found) > 0 ? mark : found',
        to: 'found === undefined || compareHrs(mark, found) < 0 ? mark : found',
      },
    ],
    CONTRARY,
  ),
  bug(
    'a member begins without its own marks',
    [
      {
        file: `${EPOCHS}/joining.ts`,
        from: 'const marks = [...this.#passage.record().carried.map(decodeMarkRecord), ...this.#d.marks()];',
        to: 'const marks = [...this.#passage.record().carried.map(decodeMarkRecord)];',
      },
    ],
    CONTRARY,
  ),
  bug(
    'an epoch begins without its marks on disk',
    [
      {
        file: `${EPOCHS}/epoched-core.ts`,
        from: 'this.#writes.write([epochRecord(sharing.epoch), ...carried.map(markRecord)], ',
        to: 'this.#writes.write([epochRecord(sharing.epoch)], ',
      },
    ],
    CONTRARY,
  ),
  bug(
    'the core of the epoch before goes on while the next begins',
    [
      {
        file: `${EPOCHS}/epoched-core.ts`,
        from: 'this.#core = undefined;\n    this.#asks.use(undefined);',
        to: 'this.#asks.use(this.#core);',
      },
    ],
    CONTRARY,
  ),
  bug(
    'a member begins before enough others hold their shares',
    [{ file: `${EPOCHS}/joining.ts`, from: 'if (agreeing.length < threshold) return;', to: '' }],
    CHANGES,
  ),
  bug(
    'a member withdraws that has promised to begin',
    [{ file: `${EPOCHS}/withdrawal.ts`, from: 'if (out >= needed) return undefined;', to: 'return undefined;' }],
    CHANGES,
  ),
  bug(
    'a promise to begin is forgotten over a restart',
    [
      {
        file: `${EPOCHS}/joining.ts`,
        from: 'if (passage.record().holds && !passage.isBegun()) this.#hold();',
        to: '',
      },
    ],
    CHANGES,
  ),
  bug(
    'a dealer is unsealed as soon as it withdraws',
    [{ file: `${EPOCHS}/withdrawal.ts`, from: 'if (!own.dealt) return true;', to: 'return true;' }],
    CHANGES,
  ),
  bug(
    'a dealer is unsealed when one member less than t has withdrawn',
    [
      {
        file: `${EPOCHS}/withdrawal.ts`,
        from: 'return out.length >= threshold;',
        to: 'return out.length >= threshold - 1;',
      },
    ],
    CHANGES,
  ),
  bug(
    'an authorisation is forgotten over a restart',
    [
      {
        file: `${EPOCHS}/ceremony.ts`,
        from: 'if (restored.change !== undefined) this.#underWay = this.#take(nameChange(restored.change, deps.sha256));',
        to: '',
      },
    ],
    CHANGES,
  ),
  bug(
    'who is on the way to another change says no more that it is out of the first',
    [
      {
        file: `${EPOCHS}/ceremony.ts`,
        from: 'const withdrawn = isAmong(change, this.#durable.withdrawn);',
        to: 'const withdrawn = false;',
      },
    ],
    CHANGES,
  ),
  bug(
    'who is in a later epoch says no more that it has begun the one before',
    [
      {
        file: `${EPOCHS}/ceremony.ts`,
        from: 'return { withdrawn, begun: [...begun, named.idBytes] };',
        to: 'return { withdrawn, begun: [named.idBytes] };',
      },
    ],
    CHANGES,
  ),
  bug(
    'a member that is out keeps a change from ever being over',
    [
      {
        file: `${EPOCHS}/withdrawal.ts`,
        from: 'begun.includes(name) || withdrawn.has(name)',
        to: 'begun.includes(name)',
      },
    ],
    CHANGES,
  ),
  bug(
    'frames of another epoch are taken',
    [{ file: FRAMES, from: 'if (!equalBytes(frame.epoch, this.#epoch)) {', to: 'if (frame.epoch.length > 8) {' }],
    CHANGES,
  ),
];
