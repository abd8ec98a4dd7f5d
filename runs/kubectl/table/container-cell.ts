/**
 * The containers of a pod template in two cells: names and images.
 */
import type { PodTemplate } from '../../../controllers/object/pod.ts';

export function namesOf({ spec }: PodTemplate): string {
  return spec.containers.map(({ name }) => name).join(',');
}

export function imagesOf({ spec }: PodTemplate): string {
  return spec.containers.map(({ image = '' }) => image).join(',');
}
