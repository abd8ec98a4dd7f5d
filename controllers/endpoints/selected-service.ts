/**
 * The Services whose endpoints a write may change: what the endpoints and EndpointSlice controllers look at.
 */
import { statesOf } from '../controller.ts';
import { matchesMap } from '../object/label-selector.ts';
import type { Pod } from '../object/pod.ts';
import type { Service } from '../object/service.ts';
import { labelValues } from '../object-index.ts';
import { keyOf } from '../object-key.ts';
import type { Change } from '../store.ts';
import type { ObjectView } from '../view.ts';

/** Whether the controllers keep this Service's endpoints: it has a selector; an empty one is none. */
export function hasSelector(service: Service): boolean {
  return Object.keys(service.spec.selector ?? {}).length > 0 && service.spec.type !== 'ExternalName';
}

/** Keys of the Services that select the pod, as it is or as it was, in their code-unit order. */
export function servicesSelecting(change: Change, view: ObjectView): readonly string[] {
  const keys = new Set<string>();
  for (const { metadata } of statesOf(change)) {
    for (const value of labelValues(metadata.namespace, metadata.labels)) {
      for (const service of view.listBy('Service', 'selector', value)) {
        if (hasSelector(service) && matchesMap(service.spec.selector!, metadata.labels)) keys.add(keyOf(service));
      }
    }
  }
  return keys.size < 2 ? [...keys] : [...keys].sort();
}

/** The pods that a Service with a selector selects, in the code-unit order of their keys. */
export function podsSelectedBy({ metadata, spec }: Service, view: ObjectView): readonly Pod[] {
  const [value] = labelValues(metadata.namespace, spec.selector);
  if (value === undefined) return view.list('Pod', metadata.namespace);
  return view.listBy('Pod', 'label', value).filter((pod) => matchesMap(spec.selector!, pod.metadata.labels));
}
