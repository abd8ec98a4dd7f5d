/**
 * Namespaces that manifests name and none of them makes. A real API server refuses what lies in one; but whoever exports
 * or collects manifests seldom has the namespace among them, so it is taken to stand already, and that is told.
 */
import type { ManifestObject } from './object.ts';
import type { Scenario } from './scenario.ts';

/** What every cluster has from the start. @see kubernetes pkg/controlplane/controller/systemnamespaces */
export const SYSTEM_NAMESPACES: readonly string[] = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** In the order of the alphabet. @param timeline may make some of them by `kubectl create namespace` */
export function impliedNamespaces(
  objects: readonly ManifestObject[],
  timeline: readonly Pick<Scenario['timeline'][number], 'applied' | 'kubectl' | 'run'>[],
): string[] {
  const all = [...objects, ...timeline.flatMap(({ applied }) => applied)];
  const lines = timeline.map(({ kubectl, run }) => kubectl ?? run ?? '');
  const made = new Set(SYSTEM_NAMESPACES);
  for (const { object } of all) if (object.kind === 'Namespace') made.add(nameOf(object, 'name'));
  for (const line of lines) made.add(/\bcreate\s+(?:ns|namespaces?)\s+(\S+)/.exec(line)?.[1] ?? '');
  const named = new Set(all.map(({ object }) => nameOf(object, 'namespace')));
  return [...named].filter((name) => name !== '' && !made.has(name)).sort();
}

function nameOf({ metadata }: ManifestObject['object'], field: 'name' | 'namespace'): string {
  return String((metadata as Readonly<Record<string, unknown>>)[field] ?? '');
}

/** What a person is told of them. */
export function namespaceNotices(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const which = names.length === 1 ? `Namespace ${names[0]} is` : `Namespaces ${names.join(', ')} are`;
  return [`${which} made by no manifest, and taken to stand already`];
}
