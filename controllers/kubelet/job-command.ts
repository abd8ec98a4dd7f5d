/**
 * What a container of a Job does whose command nobody knows: it succeeds after a second. Without such a rule it would run
 * for ever, and whatever waits for the Job with it.
 */
import { SECOND } from '../../core/time.ts';
import { answersOf, isKnownImage } from '../cni/image-answers.ts';
import type { ClusterConfig, ImageBehaviour } from '../config.ts';
import { controllerOf } from '../object/metadata.ts';
import type { Container, Pod } from '../object/pod.ts';
import { behaviourOf } from './image-behaviour.ts';
import { type CommandEnd, commandEnd } from './known-command.ts';

/** How long work takes of which nothing is known. Rests on: model. */
export const UNKNOWN_WORK_NS = 1 * SECOND;

/** How a container behaves as one of its pod's: in a Job it comes to an end. */
export function behaviourIn(config: ClusterConfig, pod: Pod, container: Container): ImageBehaviour {
  const own = behaviourOf(config, container);
  if (own.exitAfterNs >= 0 || controllerOf(pod.metadata)?.kind !== 'Job') return own;
  const end = endOfWork(container, isKnownImage(container.image ?? '', config.images));
  return end === undefined ? own : { ...own, ...end };
}

/**
 * @param isKnown whether anything is known of the image: one that serves by itself goes on serving
 * @returns `undefined`: as the image says
 */
export function endOfWork(container: Container, isKnown: boolean): CommandEnd | undefined {
  const words = [...(container.command ?? []), ...(container.args ?? [])];
  if (words.length > 0) return commandEnd(words) ?? { exitAfterNs: UNKNOWN_WORK_NS, exitCode: 0 };
  const serves = isKnown && answersOf(container.image ?? '', {}).ports.length > 0;
  return serves ? undefined : { exitAfterNs: UNKNOWN_WORK_NS, exitCode: 0 };
}
