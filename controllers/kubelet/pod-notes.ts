/**
 * What a kubelet notes about its pods, in the words of the release.
 * @see kubernetes pkg/kubelet/events/event.go, pkg/kubelet/images/image_manager.go
 */
import { formatDuration } from '../../core/time.ts';
import type { ClusterConfig } from '../config.ts';
import type { EventNote } from '../note.ts';
import type { Container, Pod } from '../object/pod.ts';
import type { ContainerRecord, ProbeType } from './container-record.ts';
import { behaviourOf } from './image-behaviour.ts';

/** Releases from which texts differ. */
const PULL_TIME_MINOR = 20;
const PULL_WAIT_MINOR = 27;
const BACKOFF_POD_MINOR = 26;
const CREATED_COLON_MINOR = 32;

export function note(
  { metadata }: Pod,
  reason: string,
  message: string,
  type: EventNote['type'] = 'Normal',
): EventNote {
  const { namespace = '', name, uid } = metadata;
  return { type, reason, message, kind: 'Pod', namespace, name, ...(uid === undefined ? {} : { uid }) };
}

/** A container is created and started. @param restarts its starts before */
export function startNotes(config: ClusterConfig, pod: Pod, container: Container, restarts: number): EventNote[] {
  const { name } = container;
  const created = config.minor >= CREATED_COLON_MINOR ? `Created container: ${name}` : `Created container ${name}`;
  return [
    ...imageNotes(config, pod, container, restarts),
    note(pod, 'Created', created),
    note(pod, 'Started', `Started container ${name}`),
  ];
}

/** Its image is there. */
export function imageNotes(config: ClusterConfig, pod: Pod, container: Container, restarts: number): EventNote[] {
  const { image = '' } = container;
  return container.imagePullPolicy === 'Always'
    ? [note(pod, 'Pulling', `Pulling image "${image}"`), note(pod, 'Pulled', pulledText(config, container, restarts))]
    : [note(pod, 'Pulled', `Container image "${image}" already present on machine`)];
}

/** Nothing is known of an image's size: newer releases add it. */
function pulledText(config: ClusterConfig, container: Container, restarts: number): string {
  const text = `Successfully pulled image "${container.image ?? ''}"`;
  if (config.minor < PULL_TIME_MINOR) return text;
  const took = formatDuration(restarts > 0 ? 0 : behaviourOf(config, container).startDelayNs);
  return config.minor < PULL_WAIT_MINOR ? `${text} in ${took}` : `${text} in ${took} (${took} including waiting)`;
}

export function backoffNote(config: ClusterConfig, pod: Pod, { name }: ContainerRecord): EventNote {
  const where = config.minor < BACKOFF_POD_MINOR ? '' : ` ${name} in pod ${podText(pod)}`;
  return note(pod, 'BackOff', `Back-off restarting failed container${where}`, 'Warning');
}

/** `web_default(0a1b…)`. @see kubernetes pkg/kubelet/util/format/pod.go */
export function podText({ metadata }: Pod): string {
  return `${metadata.name}_${metadata.namespace ?? ''}(${metadata.uid ?? ''})`;
}

export function killedNote(pod: Pod, name: string, type: ProbeType): EventNote {
  return note(pod, 'Killing', `Container ${name} failed ${type} probe, will be restarted`);
}

export function unhealthyNote(pod: Pod, type: ProbeType, output: string): EventNote {
  return note(pod, 'Unhealthy', `${type[0]!.toUpperCase()}${type.slice(1)} probe failed: ${output}`, 'Warning');
}
