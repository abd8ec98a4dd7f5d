/**
 * Static pods: those that a kubelet runs from files of its node, and the pictures of them that it keeps in the API.
 * @see kubernetes pkg/kubelet/config/common.go applyDefaults, pkg/kubelet/pod/mirror_client.go
 */
import { fnv32aBytes } from '../allocate/fnv.ts';
import { canonicalText } from '../canonical.ts';
import type { Manifest } from '../object/manifest.ts';
import { listAt, objectAt } from '../object/manifest.ts';
import type { Pod } from '../object/pod.ts';
import { MIRROR_ANNOTATION } from '../object/pod.ts';

const HASH_ANNOTATION = 'kubernetes.io/config.hash';
const SOURCE_ANNOTATION = 'kubernetes.io/config.source';
const ENCODER = new TextEncoder();

/** 32 hexadecimal digits that follow from what a file says: another file, another pod. A real kubelet takes its MD5. */
export function manifestHash(manifest: Manifest): string {
  const bytes = ENCODER.encode(canonicalText(manifest));
  return [0x811c9dc5, 0x9e3779b1, 0x85ebca77, 0xc2b2ae3d]
    .map((basis) => fnv32aBytes(bytes, basis).toString(16).padStart(8, '0'))
    .join('');
}

/** The pod that a file stands for on a node, as its picture in the API is written. */
export function mirrorManifest(manifest: Manifest, node: string): Manifest {
  const metadata = objectAt(manifest, 'metadata');
  const spec = objectAt(manifest, 'spec');
  const hash = manifestHash(manifest);
  return {
    ...manifest,
    metadata: {
      ...metadata,
      name: staticName(manifest, node),
      namespace: metadata['namespace'] ?? 'default',
      annotations: {
        ...objectAt(metadata, 'annotations'),
        [HASH_ANNOTATION]: hash,
        [MIRROR_ANNOTATION]: hash,
        [SOURCE_ANNOTATION]: 'file',
      },
    },
    spec: {
      ...spec,
      nodeName: node,
      tolerations: [...(listAt(spec, 'tolerations') ?? []), { operator: 'Exists', effect: 'NoExecute' }],
    },
  };
}

/** `kube-apiserver-node1` */
export function staticName(manifest: Manifest, node: string): string {
  return `${String(objectAt(manifest, 'metadata')['name'])}-${node.toLowerCase()}`;
}

/** The hash of the file that a mirror pictures; `undefined` for any other pod. */
export function mirroredHash({ metadata }: Pod): string | undefined {
  return metadata.annotations?.[MIRROR_ANNOTATION];
}
