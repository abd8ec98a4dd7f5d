/**
 * Whose tools a container has: small images bring BusyBox, whose tools have the same names and other words. A machine has
 * those of Debian.
 */
import { imageNameOf } from '../../controllers/object/image-name.ts';
import type { Session } from './exec-world.ts';

const SMALL: ReadonlySet<string> = new Set(['busybox', 'alpine']);

/** Whether what is typed is one of BusyBox's applets. */
export function isBusyBox({ simulation, pod }: Session): boolean {
  if (pod === undefined) return false;
  const { containers } = simulation.world.cluster.store.get('Pod', pod.namespace, pod.name)?.spec ?? { containers: [] };
  const container = pod.container === undefined ? containers[0] : containers.find(({ name }) => name === pod.container);
  const { name, tag } = imageNameOf(container?.image ?? '');
  return SMALL.has(name) || tag.includes('alpine');
}
