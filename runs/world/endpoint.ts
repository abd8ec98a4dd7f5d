/**
 * Who a scenario means by `pod/web-1` or `http://web/`: hosts by name, and what a name resolves to. Names that
 * no hosts file has are looked up before.
 */

import { podHostName } from '../../controllers/cni/pod-host.ts';
import { podEnvironment } from '../../controllers/environment/pod-environment.ts';
import type { Deployment } from '../../controllers/object/deployment.ts';
import { controllerOf } from '../../controllers/object/metadata.ts';
import type { Pod } from '../../controllers/object/pod.ts';
import type { ReplicaSet } from '../../controllers/object/replica-set.ts';
import type { Host } from '../../net/host.ts';
import { type Origin, parseTarget, type Target } from '../scenario/target.ts';
import { hostsFile, podOf } from './name-lookup.ts';
import type { World } from './world.ts';

/** The host that sends. @param n number of the request: a Deployment's pods take turns. @returns undefined: it isn't there */
export function originHost(world: World, origin: Origin, n: number): Host | undefined {
  const { net } = world;
  if (origin.type === 'host' || origin.type === 'node') return net.hostNamed(origin.name);
  const pod = originPod(world, origin, n);
  if (pod === undefined) return undefined;
  return pod.spec.hostNetwork
    ? net.hostNamed(pod.spec.nodeName ?? '')
    : net.hostNamed(podHostName({ namespace: origin.namespace, name: pod.metadata.name }));
}

/** The pod that sends; undefined where none does, or where a machine does. */
export function originPod({ cluster }: World, origin: Origin, n: number): Pod | undefined {
  if (origin.type === 'host' || origin.type === 'node') return undefined;
  const view = cluster.store.view(cluster.store.revision);
  const { namespace, name } = origin;
  const pods =
    origin.type === 'pod'
      ? [view.get('Pod', namespace, name) as Pod | undefined]
      : podsOf(view.list('ReplicaSet', namespace) as ReplicaSet[], view.list('Pod', namespace) as Pod[], name);
  const running = pods.filter((pod) => pod?.status?.phase === 'Running');
  return running[n % Math.max(1, running.length)];
}

/**
 * A target with its variables filled in from the sender's environment.
 * @returns undefined: the sender has not all of them, or what comes of it is no URL
 */
export function filledTarget(world: World, origin: Origin, n: number, target: Target): Target | undefined {
  if (target.destination.type !== 'variable') return target;
  const pod = originPod(world, origin, n);
  const variables = new Map(pod === undefined ? [] : podEnvironment(world.cluster, pod));
  const text = target.text.replaceAll(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (whole, braced?: string, plain?: string) => variables.get(braced ?? plain!) ?? whole,
  );
  const filled = parseTarget(text);
  return typeof filled === 'string' || filled.destination.type === 'variable' ? undefined : filled;
}

/** Pods of a Deployment, by name. */
function podsOf(sets: readonly ReplicaSet[], pods: readonly Pod[], deployment: Deployment['metadata']['name']): Pod[] {
  const owned = new Set(
    sets.filter((set) => controllerOf(set.metadata)?.name === deployment).map((set) => set.metadata.name),
  );
  return pods.filter((pod) => owned.has(controllerOf(pod.metadata)?.name ?? ''));
}

/** The address that a sender would connect to without asking anybody, as text; undefined: it would have to, or nobody has it. */
export function targetAddress({ net, cluster, names }: World, from: Host, { destination }: Target): string | undefined {
  const view = cluster.store.view(cluster.store.revision);
  switch (destination.type) {
    case 'address':
      return destination.address;
    case 'node':
      return addressOf(net.hostNamed(destination.name));
    case 'pod':
      return (view.get('Pod', destination.namespace, destination.name) as Pod | undefined)?.status?.podIP;
    case 'name':
      return hostsFile({ net }, podOf({ cluster }, from), destination.name, names);
    default:
      return undefined;
  }
  function addressOf(host: Host | undefined): string | undefined {
    const device = host === undefined ? undefined : net.interfaceNamed(host, 'eth0');
    return device === undefined ? undefined : net.addresses.text(device.addresses[0]?.address ?? 0);
  }
}
