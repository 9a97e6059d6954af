export type { Happening } from './happenings.js';
export { drawPlan, type Fault, type Plan, type PlanOptions } from './plan.js';
export { shrink } from './shrink.js';
export { describePlan, tellLine } from './story.js';
export { type Report, runPlan, type Watch } from './world.js';
