// What is asked of the model: the rules as they are, which must hold, and each of them broken, which must be refuted.
// One row is one run of TLC; the bounds of each are chosen so that all of them together take about two minutes.

const SAFETY = ['NoDoubleSign', 'OneShare'];
const PROGRESS = ['NoDeadHrs'];

/** The rules as they are, and the bounds that most rows share. */
const RULES = {
  honest: 3,
  liars: 0,
  threshold: 2,
  bytes: 2,
  hrsMax: 1,
  termMax: 3,
  proposing: 'reported',
  releasing: 'synced',
  termOnDisk: true,
  invariants: [],
  temporal: undefined,
};
const THREE_OF_FOUR = { honest: 4, threshold: 3 };
const ONE_LIAR = { honest: 3, liars: 1, threshold: 3 };

/** Must hold. */
const RIGHT = [
  { name: '2 of 3', bytes: 3, invariants: ['TypeOK', ...SAFETY, ...PROGRESS] },
  { name: '2 of 3, two HRSs', hrsMax: 2, termMax: 2, invariants: [...SAFETY, ...PROGRESS] },
  { name: '2 of 3, the last term signs', termMax: 2, temporal: 'LastTermSigns' },
  { name: '2 of 3, leaders without any rule', hrsMax: 2, termMax: 1, proposing: 'anything', invariants: SAFETY },
  { name: '3 of 4', ...THREE_OF_FOUR, invariants: [...SAFETY, ...PROGRESS] },
  { name: '3 of 4, one liar', ...ONE_LIAR, termMax: 2, invariants: SAFETY },
  {
    name: '3 of 4, one liar, leaders without any rule',
    ...ONE_LIAR,
    hrsMax: 2,
    termMax: 1,
    proposing: 'anything',
    invariants: SAFETY,
  },
];

/** Must be refuted, by the property named. */
const WRONG = [
  { name: 'mark synced after the share', releasing: 'before-sync', termMax: 2, invariants: ['NoDoubleSign'] },
  { name: 'equal bytes wait for no sync', releasing: 'equal-at-once', termMax: 2, invariants: ['NoDoubleSign'] },
  { name: 'leader asks nobody for marks', proposing: 'unasked', bytes: 3, invariants: PROGRESS },
  { name: 'the same: the last term signs', proposing: 'unasked', termMax: 2, temporal: 'LastTermSigns' },
  { name: '2 of 4: t is not above n/2', honest: 4, termMax: 2, invariants: ['NoDoubleSign'] },
  {
    name: '3 of 4, the silent are willing',
    ...THREE_OF_FOUR,
    termMax: 2,
    proposing: 'silent-willing',
    invariants: PROGRESS,
  },
  { name: '2 of 3, the silent are willing', bytes: 3, proposing: 'silent-willing', invariants: PROGRESS },
  { name: 'report before its term is on disk', bytes: 3, termOnDisk: false, invariants: PROGRESS },
  { name: '3 of 4, two liars', ...ONE_LIAR, honest: 2, liars: 2, termMax: 1, invariants: ['NoDoubleSign'] },
  { name: '3 of 4, one liar: no HRS dies', ...ONE_LIAR, termMax: 2, invariants: PROGRESS },
];

export const VARIANTS = [
  ...RIGHT.map((variant) => ({ ...RULES, ...variant, mustHold: true })),
  ...WRONG.map((variant) => ({ ...RULES, ...variant, mustHold: false })),
];

/** The variant as TLC's configuration. States that differ in names only are one, except where time is asked about. */
export function configuration(variant) {
  const honest = 'abcdefg'.slice(0, variant.honest).split('');
  const liars = 'xyz'.slice(0, variant.liars).split('');
  const bytes = 'uvw'.slice(0, variant.bytes).split('');
  const properties =
    variant.temporal === undefined
      ? ['SPECIFICATION Spec', 'SYMMETRY Symmetry', `INVARIANTS ${variant.invariants.join(' ')}`]
      : ['SPECIFICATION FairSpec', `PROPERTY ${variant.temporal}`];
  return [
    'CONSTANTS',
    ...[...honest, ...liars, ...bytes].map((value) => `  ${value} = ${value}`),
    `  Honest = {${honest.join(', ')}}`,
    `  Liars = {${liars.join(', ')}}`,
    `  Threshold = ${variant.threshold}`,
    `  Bytes = {${bytes.join(', ')}}`,
    `  HrsMax = ${variant.hrsMax}`,
    `  TermMax = ${variant.termMax}`,
    `  Proposing = "${variant.proposing}"`,
    `  Releasing = "${variant.releasing}"`,
    `  TermOnDisk = ${String(variant.termOnDisk).toUpperCase()}`,
    `  CalmLastTerm = ${String(variant.temporal !== undefined).toUpperCase()}`,
    'CHECK_DEADLOCK FALSE',
    ...properties,
    '',
  ].join('\n');
}
