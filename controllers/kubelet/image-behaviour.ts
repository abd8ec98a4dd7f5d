/**
 * How a pod's containers behave, from what is known of their images and of their commands.
 */
import type { ClusterConfig, ImageBehaviour } from '../config.ts';
import type { Container, Pod } from '../object/pod.ts';
import { CONTAINER_START_NS } from '../timing.ts';
import { commandEnd } from './known-command.ts';

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

/**
 * How a container behaves, whatever its pod is for: as its image was said to end, else as its command does, where that is
 * one that everybody knows. Such a command leaves SIGTERM to the kernel, which spares a namespace's first process.
 * @see pid_namespaces(7): signals without a handler are dropped for PID 1
 */
export function behaviourOf(config: ClusterConfig, { image = '', command = [], args = [] }: Container): ImageBehaviour {
  const own = imageEntry(config.images, image) ?? UNKNOWN;
  if (own.exitAfterNs >= 0 || command.length + args.length === 0) return own;
  const end = commandEnd([...command, ...args]);
  return end === undefined ? own : { ...own, ...end, onTerm: 'serve' };
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
