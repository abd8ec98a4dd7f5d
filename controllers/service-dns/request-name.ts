/**
 * What a name of the cluster's zone asks for: `endpoint.service.namespace.svc`, `_port._protocol.service.namespace.svc`,
 * `1-2-3-4.namespace.pod`.
 * @see https://github.com/kubernetes/dns docs/specification.md, https://github.com/coredns/coredns plugin/kubernetes/parse.go
 */
import { labelsOf } from '../../net/dns/name.ts';

export interface RequestName {
  /** '' where the name has no such part. */
  readonly kind: 'svc' | 'pod' | '';
  readonly namespace: string;
  /** Of a pod record: its address with dashes. */
  readonly service: string;
  readonly endpoint: string;
  readonly port: string;
  readonly protocol: string;
}

const APEX: RequestName = { kind: '', namespace: '', service: '', endpoint: '', port: '', protocol: '' };

/** @param base what stands in front of the zone, in lower case @returns undefined: no such name can exist */
export function parseRequestName(base: string): RequestName | undefined {
  const labels = labelsOf(base);
  const kind = labels.at(-1);
  if (kind === undefined) return APEX;
  if (kind !== 'svc' && kind !== 'pod') return undefined;
  const [namespace = '', service = '', ...more] = labels.slice(0, -1).reverse();
  if (labels.length === 1) return APEX;
  const parts = { ...APEX, kind, namespace, service } as const;
  if (more.length === 0) return parts;
  if (more.length === 1) return { ...parts, endpoint: more[0]! };
  if (more.length > 2) return undefined;
  return { ...parts, protocol: withoutUnderscore(more[0]!), port: withoutUnderscore(more[1]!) };
}

export function withoutUnderscore(label: string): string {
  return label.startsWith('_') ? label.slice(1) : label;
}
