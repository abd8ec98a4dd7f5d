/**
 * Services in `kubectl get`.
 */
import type { Service } from '../../../controllers/object/service.ts';
import { ageOf } from '../duration.ts';
import { formatLabels } from '../label-text.ts';
import type { KindTable } from './kind-table.ts';

/** Characters of a balancer's addresses that are shown without `-o wide`. */
const BALANCER_WIDTH = 16;

export const serviceTable: KindTable<Service> = {
  columns: ['NAME', 'TYPE', 'CLUSTER-IP', 'EXTERNAL-IP', 'PORT(S)', 'AGE'],
  wideColumns: ['SELECTOR'],
  row(service, { nowSeconds, wide }) {
    const { metadata, spec } = service;
    return [
      metadata.name,
      spec.type,
      spec.clusterIPs?.[0] || spec.clusterIP || '<none>',
      externalIpOf(service, wide),
      portsOf(service),
      ageOf(metadata.creationTimestamp, nowSeconds),
      formatLabels(spec.selector),
    ];
  },
};

function externalIpOf(service: Service, wide: boolean): string {
  const { type, externalName = '', externalIPs = [] } = service.spec;
  if (type === 'ExternalName') return externalName;
  if (type !== 'LoadBalancer') return externalIPs.join(',') || '<none>';
  const balancer = balancerOf(service, wide);
  const all = [...(balancer === '' ? [] : [balancer]), ...externalIPs];
  return all.join(',') || '<pending>';
}

function balancerOf({ status }: Service, wide: boolean): string {
  const ends = (status.loadBalancer.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '').filter(Boolean);
  const text = [...new Set(ends)].sort().join(',');
  return wide || text.length <= BALANCER_WIDTH ? text : `${text.slice(0, BALANCER_WIDTH - 3)}...`;
}

function portsOf({ spec }: Service): string {
  const pieces = (spec.ports ?? []).map(({ port, nodePort, protocol }) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  return pieces.join(',') || '<none>';
}
