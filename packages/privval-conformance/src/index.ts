export type { Check, Level } from './check.js';
export { conforms, GROUPS, type Result, runSuite, type SuiteEvents, type SuiteOptions } from './suite.js';
