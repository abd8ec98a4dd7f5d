/**
 * What kubectl printed, and its exit code.
 */

export interface KubectlResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export function printed(stdout: string, stderr = '', exitCode = 0): KubectlResult {
  return { stdout, stderr, exitCode };
}
