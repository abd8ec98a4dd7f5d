/**
 * How a pod's containers behave, from what is known of their images.
 */
import { SECOND } from '../../core/time.ts';
import type { ClusterConfig, ImageBehaviour } from '../config.ts';
import type { Container, Pod } from '../object/pod.ts';
import { CONTAINER_START_NS } from '../timing.ts';

/** An image that nothing is known of: starts, is ready at once, serves until it is told to end, then ends. */
const UNKNOWN: ImageBehaviour = {
  startDelayNs: CONTAINER_START_NS,
  readyDelayNs: 0,
  onTerm: 'exit',
  exitAfterNs: -1,
  exitCode: 0,
};

/** By the image's name with its tag or digest, else without. */
export function behaviourOf(config: ClusterConfig, container: Container): ImageBehaviour {
  const image = container.image ?? '';
  const name = image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  return config.images[image] ?? config.images[name] ?? UNKNOWN;
}

export interface PodBehaviour {
  readonly startDelayNs: number;
  /** From the start of the containers until all are ready; -1: never. */
  readonly readyDelayNs: number;
  /** From SIGTERM to the end; no longer than the grace period. */
  readonly stopNs: number;
  /** Ready while it is being stopped. */
  readonly readyWhileStopping: boolean;
  /** From the start until a container ends by itself; -1: never. */
  readonly exitAfterNs: number;
  readonly exitCode: number;
}

/** The slowest container decides how long a start or a stop takes, the first that ends by itself ends the pod's. */
export function podBehaviour(config: ClusterConfig, pod: Pod): PodBehaviour {
  const all = pod.spec.containers.map((container) => ({ container, image: behaviourOf(config, container) }));
  const graceNs = (pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds) * SECOND;
  const readies = all.map(({ container, image }) => readyDelayNs(container, image));
  const first = all
    .filter(({ image }) => image.exitAfterNs >= 0)
    .sort((a, b) => a.image.exitAfterNs - b.image.exitAfterNs)[0]?.image;
  return {
    startDelayNs: Math.max(0, ...all.map(({ image }) => image.startDelayNs)),
    readyDelayNs: readies.includes(-1) ? -1 : Math.max(0, ...readies),
    stopNs: all.every(({ image }) => image.onTerm === 'exit') ? 0 : graceNs,
    readyWhileStopping: all.every(({ image }) => image.onTerm !== 'unready'),
    exitAfterNs: first?.exitAfterNs ?? -1,
    exitCode: first?.exitCode ?? 0,
  };
}

/** A readiness probe is first asked after its initial delay, then every period; a container that answers is ready. */
function readyDelayNs({ readinessProbe: probe }: Container, image: ImageBehaviour): number {
  if (probe === undefined || image.readyDelayNs < 0) return image.readyDelayNs;
  const firstNs = (probe.initialDelaySeconds ?? 0) * SECOND;
  const periodNs = probe.periodSeconds * SECOND;
  const late = Math.max(0, Math.ceil((image.readyDelayNs - firstNs) / periodNs));
  return firstNs + (late + probe.successThreshold - 1) * periodNs;
}
