/**
 * Where a command is typed: `host/NAME`, `node/NAME`, `pod/[NS/]NAME`.
 */
import { podHostName } from '../../controllers/cni/pod-host.ts';
import { type Host, HostStatus } from '../../net/host.ts';
import { InputError } from '../input-error.ts';
import type { ExecWorld, Session } from './exec-world.ts';

export interface Place {
  readonly host: Host;
  readonly pod: Session['pod'];
}

/**
 * @param on absent: the first node that is not down, or the first host where there are no nodes
 * @throws {InputError} when it is not there, or down, at this instant
 */
export function placeNamed(world: ExecWorld, on: string | undefined): Place {
  const place = find(world, on);
  if (place.host.status !== HostStatus.Down) return place;
  throw new InputError(undefined, `${place.host.name} is down at this instant: nothing can be typed there`);
}

function find({ net, cluster }: ExecWorld, on: string | undefined): Place {
  if (on === undefined) {
    const machines = cluster.config.nodes.map((node) => net.hosts[node.host]);
    const host = machines.find((machine) => machine?.status !== HostStatus.Down) ?? machines[0] ?? net.hosts[1];
    if (host === undefined) throw new InputError(undefined, 'There is no host to run a command on');
    return { host, pod: undefined };
  }
  const [kind = '', ...rest] = on.split('/');
  const name = rest.at(-1) ?? '';
  if (kind === 'pod' && rest.length >= 1 && rest.length <= 2) {
    return podPlace({ net, cluster }, rest.length === 2 ? rest[0]! : 'default', name);
  }
  if ((kind !== 'host' && kind !== 'node') || rest.length !== 1) {
    throw new InputError(undefined, `--on ${on}: wanted is host/NAME, node/NAME or pod/[NAMESPACE/]NAME`);
  }
  const host = net.hostNamed(name);
  if (host === undefined || host.role === 'pod')
    throw new InputError(undefined, `--on ${on}: there is no such ${kind}`);
  return { host, pod: undefined };
}

/** A pod's own network, or its node's where it has none of its own. */
function podPlace({ net, cluster }: Pick<ExecWorld, 'net' | 'cluster'>, namespace: string, name: string): Place {
  const pod = cluster.store.get('Pod', namespace, name);
  const host =
    pod?.spec.hostNetwork === true
      ? net.hostNamed(pod.spec.nodeName ?? '')
      : net.hostNamed(podHostName({ namespace, name }));
  if (host === undefined) {
    const why = pod === undefined ? 'there is no such pod at this instant' : 'the pod does not run at this instant';
    throw new InputError(undefined, `--on pod/${namespace}/${name}: ${why}`);
  }
  return { host, pod: { namespace, name } };
}
