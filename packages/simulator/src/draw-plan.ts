/**
 * Draws the plan of a seed.
 *
 * Swarm testing: each seed leaves most kinds of faults out and has much of the others; a world in which everything goes wrong at
 * once finds less than many in which a few things do.
 */

import { drawChange, drawDealersAfter, drawFaultsOfChange, drawFaultyNewcomers, drawFollowing } from './draw-change.js';
import { LIES, type Lie } from './liar.js';
import type { Fault, NodePlan, Plan } from './plan.js';
import { Random } from './random.js';

export interface PlanOptions {
  readonly raft?: 'sound' | 'broken';
  /** `store`: the store's own format on simulated blocks, in every schedule. */
  readonly disk?: 'records' | 'store';
  readonly curve?: 'fast' | 'ed25519';
  /** Kinds of faults that every schedule has, as many as there may be, and no others but those of `faulty`; default drawn. */
  readonly faults?: readonly FaultKind[];
  /** How many of those; default 8. */
  readonly faultsMax?: number;
  /** As many cosigners as may lie tell all of these; default drawn. */
  readonly lies?: readonly Lie[];
  /** Those that are cloned or come back on an older disk, and lie where `lies` are given; default drawn. */
  readonly faulty?: readonly string[];
  /** Members and threshold; default drawn. */
  readonly size?: readonly [members: number, threshold: number];
  /** Default drawn. */
  readonly network?: Plan['network'];
  /** How often a node asks for another block than the others, 0 to 1; default drawn. */
  readonly contrary?: number;
  /** How often the keys pass to another epoch, 0 to 1; default 0.2. */
  readonly changes?: number;
  /** How often a schedule that can be traced is, 0 to 1; default 0.25. */
  readonly traced?: number;
}

/** Members and threshold, and how often; the margin 2t − n − 1 is 0, 1, 2 and 2. */
const SIZES: readonly (readonly [members: number, threshold: number])[] = [
  [3, 2],
  [3, 2],
  [3, 2],
  [3, 2],
  [3, 2],
  [4, 3],
  [4, 3],
  [4, 3],
  [5, 4],
  [5, 3],
  [7, 5],
];
const FAULTS_MAX = 8;

export type FaultKind = keyof typeof FAULTS;

type FaultMaker = (random: Random, names: readonly string[], atMs: number) => Fault;

/** Of machines and networks; none of them makes a cosigner lie or forget. */
const FAULTS = {
  kill: (random, names, atMs) => {
    const afterEffects = random.chance(0.7) ? 1 + random.below(30) : 0;
    return { atMs, kind: 'kill', name: random.pick(names), afterEffects, forMs: random.between(10, 1500) };
  },
  'power-loss': (random, names, atMs) => {
    const afterEffects = random.chance(0.7) ? 1 + random.below(30) : 0;
    return { atMs, kind: 'power-loss', name: random.pick(names), afterEffects, forMs: random.between(100, 2000) };
  },
  pause: (random, names, atMs) => ({
    atMs,
    kind: 'pause',
    name: random.pick(names),
    forMs: random.between(50, 2500),
  }),
  cut: (random, names, atMs) => {
    const from = random.pick(names);
    const to = random.pick(names.filter((name) => name !== from));
    return { atMs, kind: 'cut', from, to, oneWay: random.chance(0.5), forMs: random.between(100, 2000) };
  },
  isolate: (random, names, atMs) => ({
    atMs,
    kind: 'isolate',
    name: random.pick(names),
    forMs: random.between(200, 3000),
  }),
  'slow-network': (random, names, atMs) => {
    const byMs = random.between(5, 400);
    return { atMs, kind: 'slow-network', name: random.pick(names), byMs, forMs: random.between(300, 3000) };
  },
  'slow-disk': (random, names, atMs) => {
    const byMs = random.between(5, 600);
    return { atMs, kind: 'slow-disk', name: random.pick(names), byMs, forMs: random.between(300, 3000) };
  },
  'disk-fails': (random, names, atMs) => ({ atMs, kind: 'disk-fails', name: random.pick(names) }),
  'disk-full': (random, names, atMs) => ({
    atMs,
    kind: 'disk-full',
    name: random.pick(names),
    forMs: random.between(300, 2000),
  }),
  'clock-jump': (random, names, atMs) => ({
    atMs,
    kind: 'clock-jump',
    name: random.pick(names),
    byMs: random.between(-3_600_000, 3_600_000),
  }),
  transfer: (_random, _names, atMs) => ({ atMs, kind: 'transfer' }),
} satisfies Readonly<Record<string, FaultMaker>>;

export function drawPlan(seed: number, options: PlanOptions = {}): Plan {
  const random = new Random(seed).fork('plan');
  const [n, threshold] = random.pick(options.size === undefined ? SIZES : [options.size]);
  const members = Array.from({ length: n }, (_, at) => `c${at + 1}`);
  const chains = random.chance(0.25) ? ['chain-1', 'chain-2'] : ['chain-1'];
  const disk = options.disk ?? (random.chance(0.04) ? 'store' : 'records');
  const curve = options.curve ?? (random.chance(0.01) ? 'ed25519' : 'fast');
  const durationMs = random.chance(0.1) ? random.between(2000, 8000) : random.between(500, 1800);
  const margin = 2 * threshold - n - 1;
  const drawn = random.chance(0.5) ? random.below(margin + 1) : 0;
  const some = new Random(seed).fork('faulty').some(members, options.lies === undefined ? drawn : margin);
  const faulty = options.faulty ?? members.filter((name) => some.includes(name));
  const liars = (options.faulty === undefined || options.lies !== undefined ? faulty : [])
    .filter(() => options.lies !== undefined || random.chance(0.7))
    .map((name) => ({ name, lies: options.lies ?? subset(LIES, 0.35, random) }));
  const { raft = 'sound' } = options;
  const quiet = random.chance(0.3);
  const nodes = Array.from(
    { length: 1 + random.below(3) },
    (_, at): NodePlan => ({
      name: `node-${at + 1}`,
      chainId: chains[at % chains.length] ?? 'chain-1',
      home: random.pick(members),
      contrary: random.pick(options.contrary === undefined ? [0, 0, 0.1, 0.5] : [options.contrary]),
      extensions: random.chance(0.3),
      patienceMs: random.pick([300, 1000, 3000, 5000]),
      fickle: random.pick([0, 0, 0.2]),
    }),
  );
  const plan = {
    seed,
    members,
    threshold,
    chains,
    durationMs,
    disk,
    curve,
    raft,
    isTraced: raft === 'sound' && faulty.length === 0 && random.chance(options.traced ?? 0.25),
    network: options.network ?? {
      latencyMs: random.pick([0.2, 0.2, 1, 10]),
      jitterMs: random.pick([0.2, 2, 20]),
      datagrams: random.chance(0.1),
    },
    clockRates: members.map(() => (quiet ? 1 : random.between(0.9, 1.1))),
    blockMs: random.pick([150, 300, 600]),
    nodes,
    liars,
    faulty,
    faults: drawFaults({
      random,
      members,
      faulty,
      durationMs,
      disk,
      only: options.faults,
      max: options.faultsMax ?? FAULTS_MAX,
    }),
  };
  // From chance of its own: schedules without a change stay what they were.
  const ofChange = new Random(seed).fork('change');
  const first = ofChange.chance(options.changes ?? 0.2) ? drawChange(plan, ofChange) : undefined;
  if (first === undefined) return { ...plan, change: undefined };
  const dealersAfter = drawDealersAfter(plan, first, new Random(seed).fork('another change'));
  const change = { ...first, dealersAfter };
  const ofNewcomers = new Random(seed).fork('newcomers');
  const newcomers = options.faulty === undefined ? drawFaultyNewcomers(plan, change, ofNewcomers) : [];
  const faults = [
    ...plan.faults,
    ...(options.faults === undefined ? drawFaultsOfChange(change, durationMs, ofChange) : []),
    ...newcomers.flatMap((name) => drawFaultsOfFaulty(plan, name, ofNewcomers)),
  ];
  const following = drawFollowing(
    { members, faulty: [...faulty, ...newcomers] },
    change,
    new Random(seed).fork('following'),
  );
  return {
    ...plan,
    change: { ...change, following },
    faulty: [...faulty, ...newcomers],
    liars: [...liars, ...newcomers.map((name) => ({ name, lies: options.lies ?? subset(LIES, 0.35, ofNewcomers) }))],
    isTraced: false,
    faults: faults.sort((a, b) => a.atMs - b.atMs),
  };
}

function drawFaults(plan: {
  random: Random;
  members: readonly string[];
  faulty: readonly string[];
  durationMs: number;
  disk: string;
  only: readonly FaultKind[] | undefined;
  max: number;
}): Fault[] {
  const { random, members, faulty, durationMs, only, max } = plan;
  const makers: readonly FaultMaker[] =
    only?.map((kind) => FAULTS[kind]) ?? subset(Object.values(FAULTS), 0.35, random);
  const when = () => random.between(0, durationMs);
  const faults: Fault[] = [];
  if (makers.length > 0) {
    // All names, or one that everything happens to.
    const victims = random.chance(0.3) ? [random.pick(members), random.pick(members)] : members;
    const names = new Set(victims).size > 1 ? victims : members;
    for (let left = only === undefined ? random.below(max + 1) : max; left > 0; left--)
      faults.push(random.pick(makers)(random, names, when()));
  }
  for (const name of faulty) faults.push(...drawFaultsOfFaulty(plan, name, random));
  return faults.sort((a, b) => a.atMs - b.atMs);
}

/** What happens to nobody but those that the safety margin allows for. */
function drawFaultsOfFaulty(
  { durationMs, disk }: { durationMs: number; disk: string },
  name: string,
  random: Random,
): Fault[] {
  const when = () => random.between(0, durationMs);
  const faults: Fault[] = [];
  if (random.chance(0.3)) faults.push({ atMs: when(), kind: 'disk-lies', name });
  // Damage in the last batch looks like a torn tail: a disk that rots may come back older.
  if (disk === 'store' && random.chance(0.4)) faults.push({ atMs: when(), kind: 'rot', name });
  if (random.chance(0.4)) faults.push({ atMs: when(), kind: 'clone', name, forMs: random.between(500, 5000) });
  if (random.chance(0.4)) {
    const atMs = when();
    faults.push({ atMs, kind: 'keep-image', name });
    const laterMs = random.between(atMs, durationMs);
    faults.push({ atMs: laterMs, kind: 'restore-image', name, forMs: random.between(10, 500) });
  }
  if (random.chance(0.5)) faults.push({ atMs: when(), kind: 'power-loss', name, afterEffects: 0, forMs: 200 });
  return faults;
}

function subset<T>(all: readonly T[], probability: number, random: Random): T[] {
  return all.filter(() => random.chance(probability));
}
