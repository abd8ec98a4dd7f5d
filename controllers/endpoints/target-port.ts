/**
 * Which port of a pod a service port means.
 * @see kubernetes pkg/api/v1/pod/util.go FindPort
 */
import type { Pod } from '../object/pod.ts';
import type { ServicePort } from '../object/service.ts';

/** @returns the number, or `undefined` when no container of the pod names that port */
export function targetPortOf(pod: Pod, { targetPort, protocol, port }: ServicePort): number | undefined {
  if (typeof targetPort === 'number') return targetPort === 0 ? port : targetPort;
  for (const container of pod.spec.containers) {
    for (const one of container.ports ?? []) {
      if (one.name === targetPort && one.protocol === protocol) return one.containerPort;
    }
  }
  return undefined;
}

/** The pod's first address of a family. */
export function podIpOf({ status }: Pod, family: 'IPv4' | 'IPv6'): string | undefined {
  const ips = status.podIPs?.map(({ ip }) => ip) ?? (status.podIP ? [status.podIP] : []);
  return ips.find((ip) => ip.includes(':') === (family === 'IPv6'));
}
