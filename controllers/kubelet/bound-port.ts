/**
 * Containers of a pod share one network, so a port is one's alone: whoever comes after finds it taken, gives up and is
 * started again, and again. Ports of other pods on a node's own network are not looked at.
 */
import { SECOND } from '../../core/time.ts';
import { answersOf } from '../cni/image-answers.ts';
import type { ClusterConfig, ImageBehaviour } from '../config.ts';
import type { Container, Pod } from '../object/pod.ts';
import { imageEntry } from './image-behaviour.ts';
import { behaviourIn } from './job-command.ts';
import { listenedPorts } from './listened-ports.ts';

/** nginx tries five times, half a second apart; of others nothing is known. @see nginx src/core/ngx_connection.c ngx_open_listening_sockets */
const NGINX_PATIENCE_NS = 2.5 * SECOND;
const PROTOCOLS: Readonly<Record<number, string>> = { 6: 'TCP', 17: 'UDP', 132: 'SCTP' };

/** Whether a container comes too late for a port: one before it in its pod has it. */
export function comesTooLate(config: ClusterConfig, { spec }: Pod, container: Container): boolean {
  const at = spec.containers.findIndex(({ name }) => name === container.name);
  if (at < 1) return false;
  const wanted = portsOf(config, container);
  if (wanted.length === 0) return false;
  const taken = new Set(spec.containers.slice(0, at).flatMap((one) => portsOf(config, one)));
  return wanted.some((port) => taken.has(port));
}

/** How a container behaves in its pod: one that finds its port taken ends with an error. */
export function behaviourBeside(config: ClusterConfig, pod: Pod, container: Container): ImageBehaviour {
  const own = behaviourIn(config, pod, container);
  if (pod.spec.containers.length === 1 || !comesTooLate(config, pod, container)) return own;
  const patient = /(^|\/)nginx(:|@|$)/.test(container.image ?? '');
  return { ...own, exitAfterNs: patient ? NGINX_PATIENCE_NS : 0, exitCode: 1 };
}

/** `TCP/80` of each port that a container's programs listen on. */
function portsOf(config: ClusterConfig, container: Container): readonly string[] {
  const { image = '' } = container;
  const given = imageEntry(config.images, image)?.ports;
  const own = given ?? answersOf(image, {}).ports;
  const declared = listenedPorts(container, config).map((port) => `${port.protocol}/${port.containerPort}`);
  return [...own.map(({ port, protocol }) => `${PROTOCOLS[protocol]}/${port}`), ...declared];
}
