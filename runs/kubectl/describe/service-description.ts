/**
 * `kubectl describe service`.
 */
import type { Service, ServicePort } from '../../../controllers/object/service.ts';
import { objectKey } from '../../../controllers/object-key.ts';
import type { ClusterView } from '../cluster-view.ts';
import { endpointsText, sliceText } from '../endpoint-text.ts';
import { formatLabels } from '../label-text.ts';
import type { Description } from './description.ts';

export function describeService(text: Description, service: Service, cluster: ClusterView): void {
  const { metadata, spec } = service;
  text.heading(metadata);
  text.labels('Labels', metadata.labels);
  text.annotations('Annotations', metadata.annotations);
  text.line(0, 'Selector:', formatLabels(spec.selector));
  text.line(0, 'Type:', spec.type);
  if (spec.ipFamilyPolicy !== undefined) text.line(0, 'IP Family Policy:', spec.ipFamilyPolicy);
  text.line(0, 'IP Families:', spec.ipFamilies?.join(',') || '<none>');
  text.line(0, 'IP:', spec.clusterIP ?? '');
  text.line(0, 'IPs:', spec.clusterIPs?.join(',') || '<none>');
  describeOutside(text, service);
  for (const port of spec.ports ?? []) describePort(text, service, port, cluster);
  text.line(0, 'Session Affinity:', spec.sessionAffinity);
  if (spec.externalTrafficPolicy) text.line(0, 'External Traffic Policy:', spec.externalTrafficPolicy);
  if (spec.internalTrafficPolicy) text.line(0, 'Internal Traffic Policy:', spec.internalTrafficPolicy);
  if (spec.healthCheckNodePort) text.line(0, 'HealthCheck NodePort:', spec.healthCheckNodePort);
  const ranges = spec.loadBalancerSourceRanges ?? [];
  if (ranges.length > 0) text.line(0, 'LoadBalancer Source Ranges:', ranges.join(','));
}

function describeOutside(text: Description, { spec, status }: Service): void {
  const ips = spec.externalIPs ?? [];
  if (ips.length > 0) text.line(0, 'External IPs:', ips.join(','));
  if (spec.loadBalancerIP) text.line(0, 'Desired LoadBalancer IP:', spec.loadBalancerIP);
  if (spec.externalName) text.line(0, 'External Name:', spec.externalName);
  const ingress = (status.loadBalancer.ingress ?? []).map(({ ip, hostname = '', ipMode }) =>
    ip ? `${ip}${ipMode === undefined ? '' : ` (${ipMode})`}` : hostname,
  );
  if (ingress.length > 0) text.line(0, 'LoadBalancer Ingress:', ingress.join(', '));
}

function describePort(text: Description, service: Service, servicePort: ServicePort, cluster: ClusterView): void {
  const { name, port, protocol, targetPort, nodePort } = servicePort;
  text.line(0, 'Port:', name || '<unset>', `${port}/${protocol}`);
  text.line(0, 'TargetPort:', `${targetPort}/${protocol}`);
  if (nodePort) text.line(0, 'NodePort:', name || '<unset>', `${nodePort}/${protocol}`);
  text.line(0, 'Endpoints:', endpointsOf(service, name ?? '', cluster));
}

/** Slices, or the Endpoints of a release that has none. */
function endpointsOf({ metadata }: Service, portName: string, { view }: ClusterView): string {
  const { namespace, name } = metadata;
  const slices = view.listBy('EndpointSlice', 'service', objectKey(namespace, name));
  if (slices.length > 0) return sliceText(slices, portName);
  const endpoints = view.get('Endpoints', namespace, name);
  if (endpoints === undefined) return '<none>';
  const subsets = (endpoints.subsets ?? []).map((subset) => ({
    ...subset,
    ports: (subset.ports ?? []).filter(({ name: known = '' }) => known === portName),
  }));
  return endpointsText({ ...endpoints, subsets: subsets.filter(({ ports }) => ports.length > 0) });
}
