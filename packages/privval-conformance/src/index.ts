export type { Check, Level } from './check.js';
export { conforms, GROUPS, type Result, runSuite, type SuiteOptions } from './suite.js';
