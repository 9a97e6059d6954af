/** The exit codes that unit files and scripts rely on; never renumbered. */

export const EXIT_OK = 0;
/** Failed while running; the reason is on standard error. */
export const EXIT_FAILED = 1;
/** Usage or configuration; also what would be overwritten. */
export const EXIT_USAGE = 2;
/** Refused or stopped for safety. */
export const EXIT_SAFETY = 3;
/** The running cosigner cannot be reached. */
export const EXIT_UNREACHABLE = 4;
/** Another process holds this home. */
export const EXIT_LOCKED = 5;

export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5;
