export { drawPlan, type PlanOptions } from './draw-plan.js';
export type { Happening } from './happenings.js';
export type { Fault, Plan } from './plan.js';
export { shrink } from './shrink.js';
export { describePlan, tellLine } from './story.js';
export { type Report, runPlan, type Watch } from './world.js';
