/**
 * How long the end of a pod takes: its preStop hooks, then what its containers make of SIGTERM, all within the grace
 * period.
 * @see kubernetes pkg/kubelet/kuberuntime/kuberuntime_container.go killContainer
 */
import { SECOND } from '../../core/time.ts';
import type { ClusterConfig, ImageBehaviour } from '../config.ts';
import type { Container, Pod } from '../object/pod.ts';
import { LEAST_GRACE_NS } from '../timing.ts';
import { behaviourBeside } from './bound-port.ts';
import type { ContainerRecord } from './container-record.ts';

/** Exit code of a program that SIGKILL has ended. */
const KILLED_CODE = 137;

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

/** When a container that gets SIGTERM at `at` will have ended: at once, by itself, or killed when the grace period is over. */
export function endAt(config: ClusterConfig, pod: Pod, record: ContainerRecord, at: number, killAt: number): number {
  const { onTerm, exitAfterNs } = behaviourOfRecord(config, pod, record);
  const told = onTerm === 'exit' ? at : Math.max(killAt, at + LEAST_GRACE_NS);
  return exitAfterNs < 0 ? told : Math.min(told, Math.max(at, record.startedAt + exitAfterNs));
}

/** Exit code at `at` of a container that got SIGTERM: its own, or that of SIGKILL. */
export function exitCodeOf(config: ClusterConfig, pod: Pod, record: ContainerRecord, at: number): number {
  const { onTerm, exitAfterNs, exitCode } = behaviourOfRecord(config, pod, record);
  if (exitAfterNs >= 0 && record.startedAt + exitAfterNs <= at) return exitCode;
  return onTerm === 'exit' ? 0 : KILLED_CODE;
}

function behaviourOfRecord(config: ClusterConfig, pod: Pod, { name }: ContainerRecord): ImageBehaviour {
  const container = pod.spec.containers.find((one) => one.name === name);
  return behaviourBeside(config, pod, container ?? { name });
}
