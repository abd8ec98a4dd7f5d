/**
 * What the process ends with.
 */
export const ExitCode = {
  Success: 0,
  /** An expectation failed, or `compare` found a difference. */
  Failed: 1,
  /** Bad usage or input. */
  Usage: 2,
  /** The model met something that it doesn't know, under `--strict`. */
  Unknown: 3,
  Internal: 4,
  /** Ended by SIGINT, as shells have it. */
  Interrupted: 130,
} as const;
