/**
 * Static pods: those that a kubelet runs from files of its node, and the pictures of them that it keeps in the API.
 * @see kubernetes pkg/kubelet/config/common.go applyDefaults, pkg/kubelet/pod/mirror_client.go
 */
import { fnv32aBytes } from '../allocate/fnv.ts';
import { canonicalText } from '../canonical.ts';
import type { Component } from '../component.ts';
import type { Manifest } from '../object/manifest.ts';
import { listAt, objectAt } from '../object/manifest.ts';
import type { Pod } from '../object/pod.ts';
import { MIRROR_ANNOTATION } from '../object/pod.ts';
import { objectKey } from '../object-key.ts';
import type { PodWorker } from './pod-worker.ts';

/** Where a kubelet looks for static pods. */
export const MANIFEST_FOLDER = '/etc/kubernetes/manifests';

/** A file of a node as commands and events have it. */
export interface NodeFileText {
  readonly path: string;
  /** Absent: it is removed. */
  readonly text?: string;
  /** The pod that it says; absent: it can't be read, or is none. */
  readonly manifest?: Manifest;
}

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
export function mirroredHash(pod: Pod | undefined): string | undefined {
  return pod?.metadata.annotations?.[MIRROR_ANNOTATION];
}

/** Whether a pod comes from a file: its kubelet knows it by the file's hash, and not by a uid. */
export function isStatic({ ref }: PodWorker): boolean {
  return /^[0-9a-f]{32}$/.test(ref.uid);
}

/** The key of the pod that a file on a node stands for. */
export function staticKey(manifest: Manifest, node: string): string {
  const namespace = objectAt(manifest, 'metadata')['namespace'] ?? 'default';
  return objectKey(String(namespace), staticName(manifest, node));
}

/** What the files of a kubelet's folder say. */
function staticManifests({ files }: Readonly<Component>): readonly Manifest[] {
  return [...files].flatMap(([path, { manifest }]) =>
    manifest !== undefined && path.slice(0, path.lastIndexOf('/')) === MANIFEST_FOLDER ? [manifest] : [],
  );
}

/** Keys of all pods that a kubelet has files for. */
export function staticKeys(kubelet: Readonly<Component>): readonly string[] {
  return staticManifests(kubelet).map((manifest) => staticKey(manifest, kubelet.node?.name ?? ''));
}

/** The file behind a pod of that key; `undefined`: there is none. */
export function staticManifest(kubelet: Readonly<Component>, key: string): Manifest | undefined {
  if (kubelet.files.size === 0) return undefined;
  return staticManifests(kubelet).find((manifest) => staticKey(manifest, kubelet.node?.name ?? '') === key);
}
