/**
 * What a name leads to for a program on a host. Until DNS travels in packets, a pod's names of services are looked up in
 * the API server's objects at the instant of the call; everybody else knows addresses, `localhost` and the names of
 * the simulated hosts.
 */
import { parseAddress } from '../../net/address.ts';
import type { Session } from './exec-world.ts';

/** @param name of a host, or an address, in brackets or not @returns the address as text, or `undefined` */
export function resolveName({ simulation, pod }: Session, name: string): string | undefined {
  const plain = name.replace(/^\[|\]$/g, '');
  if (parseAddress(plain) !== undefined) return plain;
  const lower = plain.toLowerCase().replace(/\.$/, '');
  if (lower === 'localhost') return '127.0.0.1';
  const { net, cluster } = simulation.world;
  const host = net.hostNamed(lower);
  if (host !== undefined && host.role !== 'pod') {
    for (const id of host.interfaces) {
      const device = net.interface(id);
      if (device.name !== 'lo' && device.addresses[0] !== undefined)
        return net.addresses.text(device.addresses[0].address);
    }
  }
  if (pod === undefined) return undefined;
  if (lower === pod.name) return cluster.store.get('Pod', pod.namespace, pod.name)?.status.podIP;
  const [service = '', namespace = pod.namespace, ...more] = lower.replace(/\.svc(\.cluster\.local)?$/, '').split('.');
  if (more.length > 0) return undefined;
  const address = cluster.store.get('Service', namespace, service)?.spec.clusterIP;
  return address === 'None' || address === '' ? undefined : address;
}
