/**
 * A line that a program in a container has written, and what its writers know of where they run.
 */

export interface LogLine {
  /** Seconds since 1970, with fractions. */
  readonly epochSeconds: number;
  /** Without its end. */
  readonly text: string;
}

/** What a program knows as it starts. */
export interface Started {
  /** Seconds since 1970. */
  readonly epochSeconds: number;
  /** Kubernetes' own version, without a leading v. */
  readonly kubernetesVersion: string;
  /** The 33 of 1.33. */
  readonly minor: number;
  /** First address of its node. */
  readonly nodeIp: string;
  /** Of its node. */
  readonly processors: number;
  /** The node's `net.netfilter.nf_conntrack_max`. */
  readonly conntrackMax: string;
}

/** Lines with the microseconds after the start at which each is written. */
export type Script = readonly (readonly [afterUs: number, text: string])[];

export function scripted(script: Script, { epochSeconds }: Pick<Started, 'epochSeconds'>): readonly LogLine[] {
  return script.map(([afterUs, text]) => ({ epochSeconds: epochSeconds + afterUs / 1e6, text }));
}
