/**
 * How long the end of a pod takes: its preStop hooks, then what its containers make of SIGTERM, all within the grace
 * period.
 * @see kubernetes pkg/kubelet/kuberuntime/kuberuntime_container.go killContainer
 */
import { SECOND } from '../../core/time.ts';
import type { ClusterConfig } from '../config.ts';
import type { Container, Pod } from '../object/pod.ts';
import { LEAST_GRACE_NS } from '../timing.ts';
import { behaviourOf } from './image-behaviour.ts';

interface Lifecycle {
  readonly preStop?: {
    readonly sleep?: { readonly seconds?: number };
    readonly exec?: { readonly command?: readonly string[] };
  };
}

/** The grace period that a pod which is to go was given, in seconds. */
export function graceSeconds({ metadata, spec }: Pod): number {
  return metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds;
}

/** Length of the longest preStop hook of a pod, in ns: what it sleeps; all else that a hook may do takes no time. */
export function preStopNs({ spec }: Pod): number {
  return Math.max(0, ...spec.containers.map(hookNs));
}

function hookNs({ lifecycle }: Container): number {
  const { sleep, exec } = (lifecycle as Lifecycle | undefined)?.preStop ?? {};
  if (sleep !== undefined) return (sleep.seconds ?? 0) * SECOND;
  const command = (exec?.command ?? []).join(' ');
  let seconds = 0;
  for (const [, number, unit] of command.matchAll(/\bsleep\s+(\d+(?:\.\d+)?)([smh]?)\b/g)) {
    seconds += Number(number) * (unit === 'm' ? 60 : unit === 'h' ? 3600 : 1);
  }
  return Math.round(seconds * SECOND);
}

/** When a container that gets SIGTERM at `at` will have ended: at once, or killed when the grace period is over. */
export function endsAt(config: ClusterConfig, containers: readonly Container[], at: number, killAt: number): number {
  const exits = containers.every((container) => behaviourOf(config, container).onTerm === 'exit');
  return exits ? at : Math.max(killAt, at + LEAST_GRACE_NS);
}

/** Exit code of a container that got SIGTERM: its own, or that of SIGKILL. */
export function exitCodeOf(config: ClusterConfig, container: Container): number {
  return behaviourOf(config, container).onTerm === 'exit' ? 0 : 137;
}
