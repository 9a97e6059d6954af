/** Why a cosigner must end, with the exit code that says so (cli.md, 1). */
export interface FatalReason {
  /** 1: failed while running. 3: stopped for safety. */
  readonly exitCode: 1 | 3;
  readonly reason: string;
}
