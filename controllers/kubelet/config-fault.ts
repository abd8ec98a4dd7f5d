/**
 * Containers that can't be made, since a ConfigMap or Secret lacks a key that their environment refers to: the others of
 * their pod start, these are tried again.
 * @see kubernetes pkg/kubelet/kuberuntime/kuberuntime_container.go startContainer, ErrCreateContainerConfig
 */
import type { ClusterConfig } from '../config.ts';
import { configFault, configsIn } from '../environment/config-source.ts';
import type { EventNote } from '../note.ts';
import type { Container, Pod } from '../object/pod.ts';
import type { ObjectView } from '../view.ts';
import { imageNotes, note } from './pod-notes.ts';

/** Why each of them can't, by the container's name. */
export type ConfigFaults = ReadonlyMap<string, string>;

const NONE: ConfigFaults = new Map();

export function configFaults(pod: Pod, view: ObjectView): ConfigFaults {
  if (!pod.spec.containers.some(({ env }) => env?.some(({ valueFrom }) => valueFrom !== undefined))) return NONE;
  const find = configsIn(view, pod.metadata.namespace ?? '');
  const found = pod.spec.containers.flatMap((container): [string, string][] => {
    const fault = configFault(container, pod, find);
    return fault === undefined ? [] : [[container.name, fault]];
  });
  return found.length === 0 ? NONE : new Map(found);
}

/** What is noted at each attempt. */
export function faultNotes(config: ClusterConfig, pod: Pod, container: Container, fault: string): EventNote[] {
  return [...imageNotes(config, pod, container, 0), note(pod, 'Failed', `Error: ${fault}`, 'Warning')];
}
