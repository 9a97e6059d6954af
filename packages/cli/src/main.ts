/** A command line from its first word to the end of the process. */

import type { CommandContext } from './context.js';
import type { ExitCode } from './exit-code.js';
import { run } from './program.js';

/**
 * Runs a command and ends the process, whatever is still open: a cosigner that stopped for safety would otherwise go on holding its
 * nodes' connections, answering their pings and signing nothing, and no supervisor would start it again.
 *
 * @param exit - ends the process at once
 */
export async function main(
  args: readonly string[],
  context: CommandContext,
  exit: (code: ExitCode) => void,
): Promise<void> {
  exit(await run(args, context));
}
