export { guardStreams } from './guarded-streams.js';
