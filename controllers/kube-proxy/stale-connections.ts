/**
 * Which tracked datagram flows a kube-proxy takes out of the table after it has written its rules: those to a service
 * whose translation leads to where none of its endpoints is any more. Left alone, a client that keeps its source port would
 * go on to be sent there. TCP connections are never touched.
 * @see kubernetes pkg/proxy/conntrack/cleanup.go
 */
import type { ConntrackEntry } from '../../net/conntrack/entry.ts';
import { Protocol } from '../../net/packet.ts';
import { PROXY_SLICES_MINOR } from '../component.ts';
import type { ClusterConfig } from '../config.ts';
import type { Service } from '../object/service.ts';
import { splitKey } from '../object-key.ts';
import type { ObjectView } from '../view.ts';
import { mergeSlices } from './endpoint-info.ts';
import { slicesOfEndpoints } from './endpoints-slice.ts';
import type { ServicePortInfo } from './service-port.ts';
import { servicePortsOf } from './service-port.ts';

/** @param textOf the text of an address of an entry @returns the stale ones among `entries` */
export function staleConnections(
  view: ObjectView,
  config: ClusterConfig,
  node: string,
  entries: () => readonly ConntrackEntry[],
  textOf: (address: number) => string,
): readonly ConntrackEntry[] {
  const ports = datagramPorts(view.list('Service'), config);
  if (ports.length === 0) return [];
  const datagrams = entries().filter(({ protocol }) => protocol === Protocol.Udp);
  if (datagrams.length === 0) return [];
  const byAddress = new Map<string, ServicePortInfo>();
  const byNodePort = new Map<number, ServicePortInfo>();
  for (const port of ports) {
    for (const ip of [port.clusterIp, ...port.externalIps, ...port.loadBalancerVips]) {
      byAddress.set(`${ip} ${port.port}`, port);
    }
    if (port.nodePort !== 0) byNodePort.set(port.nodePort, port);
  }
  const serving = new Map<ServicePortInfo, ReadonlySet<string>>();
  return datagrams.filter(({ original, reply }) => {
    const asked = original.destinationPort;
    const port = byAddress.get(`${textOf(original.destination)} ${asked}`) ?? byNodePort.get(asked);
    if (port === undefined) return false;
    const alive = serving.get(port) ?? servingOf(port, view, config, node);
    serving.set(port, alive);
    return !alive.has(textOf(reply.source));
  });
}

const known = new WeakMap<readonly Service[], readonly ServicePortInfo[]>();

/** Remembered per list, which is one array as long as no Service changes. */
function datagramPorts(services: readonly Service[], { proxy }: ClusterConfig): readonly ServicePortInfo[] {
  let ports = known.get(services);
  if (ports === undefined) {
    const reading = { ...proxy.profile, family: proxy.family };
    ports = services
      .flatMap((service) => servicePortsOf(service, reading))
      .filter(({ protocol }) => protocol === 'udp');
    known.set(services, ports);
  }
  return ports;
}

/** Addresses of the endpoints of a service port that answer, on their way out or not. */
function servingOf(
  { key, service }: ServicePortInfo,
  view: ObjectView,
  { minor, proxy }: ClusterConfig,
  node: string,
): ReadonlySet<string> {
  const endpoints = minor < PROXY_SLICES_MINOR ? view.get('Endpoints', ...splitKey(service)) : undefined;
  const slices =
    endpoints === undefined ? view.listBy('EndpointSlice', 'service', service) : slicesOfEndpoints(endpoints);
  const list = mergeSlices(slices, proxy.family, node).get(key) ?? [];
  return new Set(list.filter((endpoint) => endpoint.ready || endpoint.serving).map(({ ip }) => ip));
}
