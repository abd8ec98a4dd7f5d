/**
 * How a pod's containers behave, from what is known of their images.
 */
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

/** What is said of an image: by its name with its tag or digest, else without. */
export function imageEntry(images: ClusterConfig['images'], image: string): ImageBehaviour | undefined {
  return images[image] ?? images[image.replace(/@.*$/, '').replace(/:[^/:]*$/, '')];
}

/** How a container behaves by its image alone. */
export function behaviourOf(config: ClusterConfig, container: Container): ImageBehaviour {
  return imageEntry(config.images, container.image ?? '') ?? UNKNOWN;
}

/** From the sandbox to the running containers: the slowest decides. */
export function startDelayNs(config: ClusterConfig, { spec }: Pod): number {
  return Math.max(0, ...spec.containers.map((container) => behaviourOf(config, container).startDelayNs));
}

/** Time that an init container takes, from its start to its end; one that would never end by itself ends at once. */
export function initDurationNs(config: ClusterConfig, container: Container): number {
  const { startDelayNs: start, exitAfterNs } = behaviourOf(config, container);
  return start + Math.max(0, exitAfterNs);
}

/** Whether an init container goes on beside the others instead of coming to an end. @see KEP-753 */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}
