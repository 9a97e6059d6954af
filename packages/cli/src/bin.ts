/** The program: the real world, one command line, an exit code. */

import { main } from './main.js';
import { systemContext } from './system-context.js';

// Every file and folder that this program makes is its owner's alone, and of use to its owner: a looser mask than this opens what
// Node creates by itself, a stricter one makes folders that nobody can enter.
process.umask(0o077);
await main(process.argv.slice(2), systemContext(), (code) => process.exit(code));
