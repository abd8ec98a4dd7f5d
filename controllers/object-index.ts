/**
 * What an index files an object under: the ways in which controllers find objects without looking at all of a kind.
 */
import type { EndpointSlice } from './object/endpoint-slice.ts';
import { SERVICE_NAME_LABEL } from './object/endpoint-slice.ts';
import type { KubeObject } from './object/kind.ts';
import { controllerOf } from './object/metadata.ts';
import type { Pod } from './object/pod.ts';
import { objectKey } from './object-key.ts';
import type { IndexName } from './view.ts';

const NOWHERE: readonly string[] = [];

/** The values under which an index files an object; none: not at all. */
export function indexValues(index: IndexName, object: KubeObject): readonly string[] {
  const { metadata } = object;
  switch (index) {
    case 'owner': {
      const uid = metadata.ownerReferences?.[0]?.uid;
      return uid === undefined ? NOWHERE : [uid];
    }
    case 'node':
      return object.kind === 'Pod' ? [(object as Pod).spec.nodeName ?? ''] : NOWHERE;
    case 'service': {
      const name =
        object.kind === 'EndpointSlice' ? (object as EndpointSlice).metadata.labels?.[SERVICE_NAME_LABEL] : '';
      return name ? [objectKey(metadata.namespace, name)] : NOWHERE;
    }
    case 'label':
      return object.kind === 'Pod' ? labelValues(metadata.namespace, metadata.labels) : NOWHERE;
    case 'selector':
      return object.kind === 'Service' ? labelValues(metadata.namespace, object.spec.selector).slice(0, 1) : NOWHERE;
    case 'unowned':
      return object.kind === 'Pod' && controllerOf(metadata) === undefined ? [metadata.namespace ?? ''] : NOWHERE;
  }
}

/** One value a label: `namespace/key=value`. A pod that a selector takes is filed under each pair of the selector. */
export function labelValues(
  namespace: string | undefined,
  labels: Readonly<Record<string, string>> | undefined,
): readonly string[] {
  return labels === undefined ? NOWHERE : Object.entries(labels).map(([key, value]) => `${namespace}/${key}=${value}`);
}
