export { checkTrace, TraceChecker, type TraceSummary } from './checker.js';
export { parseTraceEvent } from './parse.js';
export { RULES, type Rule, TraceViolation } from './violation.js';
