export { parseConfig } from './config/parse-config.js';
export { type Config, configSchema } from './config/schema.js';
export type { CommandContext, GlobalOptions, TextSink } from './context.js';
export { run } from './program.js';
export { VERSION } from './version.js';
