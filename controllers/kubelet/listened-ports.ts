/**
 * The ports that a container's programs listen on, as far as its manifest tells: those that it declares and, of an image
 * that nothing is known of, those by which it is probed, since somebody wrote the probe for what answers there.
 */
import { isKnownImage } from '../cni/image-answers.ts';
import type { ClusterConfig } from '../config.ts';
import type { Container, ContainerPort } from '../object/pod.ts';
import { probePort } from './probe-text.ts';

export function listenedPorts(container: Container, config: ClusterConfig): readonly ContainerPort[] {
  const { image = '', ports = [] } = container;
  if (isKnownImage(image, config.images)) return ports;
  const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe];
  const asked = probes.flatMap((probe) =>
    probe === undefined ? [] : [probe.grpc?.port ?? probePort(container, probe)],
  );
  const declared = new Set(ports.filter(({ protocol }) => protocol === 'TCP').map((port) => port.containerPort));
  const more = [...new Set(asked)].filter((port) => port > 0 && !declared.has(port));
  return [...ports, ...more.map((containerPort): ContainerPort => ({ containerPort, protocol: 'TCP' }))];
}
