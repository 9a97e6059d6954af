/** The program: the real world, one command line, an exit code. */

import { run } from './program.js';
import { systemContext } from './system-context.js';

process.exitCode = await run(process.argv.slice(2), systemContext());
