/**
 * The Services whose endpoints a write may change: what the endpoints and EndpointSlice controllers look at.
 */
import { statesOf } from '../controller.ts';
import type { KubeObject } from '../object/kind.ts';
import { matchesMap } from '../object/label-selector.ts';
import type { Service } from '../object/service.ts';
import { keyOf } from '../object-key.ts';
import type { Change } from '../store.ts';
import type { ObjectView } from '../view.ts';

/** Whether the controllers keep this Service's endpoints: it has a selector; an empty one is none. */
export function hasSelector(service: Service): boolean {
  return Object.keys(service.spec.selector ?? {}).length > 0 && service.spec.type !== 'ExternalName';
}

/** Keys of the Services that select the pod, as it is or as it was. */
export function servicesSelecting(change: Change, view: ObjectView): readonly string[] {
  const keys = new Set<string>();
  for (const service of view.list('Service', change.object.metadata.namespace)) {
    const { selector } = service.spec;
    if (selector === undefined || !hasSelector(service)) continue;
    if (statesOf(change).some(({ metadata }: KubeObject) => matchesMap(selector, metadata.labels))) {
      keys.add(keyOf(service));
    }
  }
  return [...keys];
}
