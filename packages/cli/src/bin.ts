/** The program: the real world, one command line, an exit code. */

import { main } from './main.js';
import { systemContext } from './system-context.js';

await main(process.argv.slice(2), systemContext(), (code) => process.exit(code));
