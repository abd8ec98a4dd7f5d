/**
 * A random cluster as the text that a person would write: one YAML file, and a file of rules and one of sets for each
 * machine that has such. It runs wherever a scenario runs.
 */
import { InputError } from '../../input-error.ts';
import type { SourceFile } from '../../manifest/source.ts';
import { checkedScenario } from '../../scenario/checked.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { POD_PORT, type RandomCluster, type RandomDeployment, type RandomPod, type RandomService } from './cluster.ts';

/** Everything has settled by then. */
const TRAFFIC_AT = '20s';
const UNTIL = '30s';
const TIMEOUT = '5s';

type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value | undefined };

/** A text that YAML would read as something else needs quotes. */
function word(text: string): string {
  return /^[A-Za-z][\w./-]*$/.test(text) && !/^(true|false|yes|no|null|on|off|y|n)$/i.test(text)
    ? text
    : JSON.stringify(text);
}

/** A value in YAML's flow style. */
function flow(value: Value): string {
  if (typeof value === 'string') return word(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  const entries = Object.entries(value).filter((entry): entry is [string, Value] => entry[1] !== undefined);
  return entries.length === 0 ? '{}' : `{ ${entries.map(([key, one]) => `${word(key)}: ${flow(one)}`).join(', ')} }`;
}

/** A list in block style, one entry a line. */
function block(indent: string, key: string, values: readonly Value[]): string {
  if (values.length === 0) return '';
  return `${indent}${key}:\n${values.map((value) => `${indent}  - ${flow(value)}\n`).join('')}`;
}

const POD_PORTS = [
  { name: 'http', containerPort: POD_PORT.http },
  { name: 'echo', containerPort: POD_PORT.echo },
  { name: 'dns', containerPort: POD_PORT.dns, protocol: 'UDP' },
];

function deploymentText({ name, app, replicas }: RandomDeployment): string {
  const template: Value = {
    metadata: { labels: { app } },
    spec: { containers: [{ name: 'main', image: 'server', ports: POD_PORTS }] },
  };
  const spec: Value = { replicas, selector: { matchLabels: { app } }, template };
  return `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: ${word(name)} }\nspec: ${flow(spec)}\n`;
}

function podText({ name, node, app, ready, hostNetwork }: RandomPod): string {
  const spec: Value = {
    nodeName: node,
    hostNetwork: hostNetwork ? true : undefined,
    containers: [{ name: 'main', image: ready ? 'server' : 'unready', ports: POD_PORTS }],
  };
  return `apiVersion: v1\nkind: Pod\nmetadata: ${flow({ name, labels: { app } })}\nspec: ${flow(spec)}\n`;
}

function serviceText(service: RandomService): string {
  const { name, type, clusterIP, app, ports, externalIPs, affinitySeconds } = service;
  const spec: Value = {
    type,
    clusterIP,
    selector: app === undefined ? undefined : { app },
    externalIPs: externalIPs.length === 0 ? undefined : externalIPs,
    internalTrafficPolicy: service.internalTrafficPolicy,
    externalTrafficPolicy: service.externalTrafficPolicy,
    publishNotReadyAddresses: service.publishNotReadyAddresses ? true : undefined,
    sessionAffinity: affinitySeconds === 0 ? undefined : 'ClientIP',
    sessionAffinityConfig: affinitySeconds === 0 ? undefined : { clientIP: { timeoutSeconds: affinitySeconds } },
    ports: ports.map(({ name: portName, protocol, port, targetPort, nodePort }) => ({
      name: portName,
      protocol,
      port,
      targetPort,
      nodePort,
    })),
  };
  return `apiVersion: v1\nkind: Service\nmetadata: { name: ${word(name)} }\nspec: ${flow(spec)}\n`;
}

/** Endpoints made by hand: as Endpoints up to 1.18, else as the slice that mirroring would make of them. */
function endpointsText({ name, ports, endpoints }: RandomService, profile: RandomCluster['profile']): string[] {
  if (endpoints.length === 0) return [];
  const portsOf = (numbers: readonly number[]): Value[] =>
    ports.map(({ name: portName, protocol }, i) => ({ name: portName, protocol, port: numbers[i]! }));
  if (profile === '1.16') {
    const subsets = endpoints.map(({ ip, ports: numbers }) => ({ addresses: [{ ip }], ports: portsOf(numbers) }));
    return [`apiVersion: v1\nkind: Endpoints\nmetadata: { name: ${word(name)} }\n${block('', 'subsets', subsets)}`];
  }
  return endpoints.map(({ ip, ports: numbers }, i) => {
    const metadata = { name: `${name}-${i}`, labels: { 'kubernetes.io/service-name': name } };
    const lines = ['apiVersion: discovery.k8s.io/v1', 'kind: EndpointSlice', `metadata: ${flow(metadata)}`];
    const slice = block('', 'endpoints', [{ addresses: [ip], conditions: { ready: true } }]);
    return `${lines.join('\n')}\naddressType: IPv4\n${slice}${block('', 'ports', portsOf(numbers))}`;
  });
}

function scenarioText(cluster: RandomCluster, name: string): string {
  const { profile, cni, underlay, natOutgoing, localDetector, masqueradeAll, mtu } = cluster;
  const ports = { [POD_PORT.http]: 'http', [POD_PORT.echo]: 'tcp-echo', [POD_PORT.dns]: 'udp-echo' };
  const kubernetes = { profile, cni, natOutgoing, localDetector, masqueradeAll };
  const pinned = cluster.pods.filter(({ ip }) => ip !== undefined);
  const named = (texts: LinesOf, ending: string) =>
    Object.fromEntries(Object.keys(texts).map((host): [string, Value] => [host, fileName(name, host, ending)]));
  const [rules, ipsets] = [named(cluster.rules, RULES), named(cluster.ipsets, SETS)];
  return [
    `apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: { name: ${word(name)} }\nspec:\n`,
    `  seed: ${flow(cluster.seed)}\n  until: ${UNTIL}\n`,
    `  kubernetes: ${flow(kubernetes)}\n`,
    underlay === 'flat' ? '' : `  underlay: ${underlay}\n`,
    mtu === 1500 ? '' : `  links: { mtu: ${mtu} }\n`,
    `  images:\n    server: ${flow({ answers: 'mirror', ports })}\n`,
    cluster.pods.every(({ ready }) => ready)
      ? ''
      : `    unready: ${flow({ answers: 'mirror', ports, ready: false })}\n`,
    block(
      '  ',
      'nodes',
      cluster.nodes.map(({ name: node, ip, second, sysctls }) => ({
        name: node,
        ...(second === undefined ? { ip } : { ips: [ip, second] }),
        sysctls: Object.keys(sysctls).length === 0 ? undefined : sysctls,
      })),
    ),
    block(
      '  ',
      'hosts',
      cluster.hosts.map(({ name: host, ip, serves }) => ({
        name: host,
        ip,
        serves: serves.length === 0 ? undefined : serves,
      })),
    ),
    Object.keys(rules).length === 0 ? '' : `  rules: ${flow(rules)}\n`,
    Object.keys(ipsets).length === 0 ? '' : `  ipsets: ${flow(ipsets)}\n`,
    pinned.length === 0
      ? ''
      : `  pins:\n${block(
          '    ',
          'pods',
          pinned.map(({ name: of, ip }) => ({ of, ip: ip! })),
        )}`,
    block(
      '  ',
      'traffic',
      cluster.flows.map(({ from, to, source, sourcePort, size }, i) => ({
        name: `flow-${i + 1}`,
        at: TRAFFIC_AT,
        from,
        to,
        timeout: TIMEOUT,
        source,
        sourcePort,
        size,
      })),
    ),
  ].join('');
}

/** Lines by the name of the machine. */
type LinesOf = Readonly<Record<string, readonly string[]>>;

const RULES = 'rules';
const SETS = 'ipset';

function fileName(name: string, host: string, ending: string): string {
  return `${name}-${host}.${ending}`;
}

function filesOf(texts: LinesOf, name: string, ending: string): SourceFile[] {
  return Object.entries(texts).map(([host, lines]) => ({
    name: fileName(name, host, ending),
    text: `${lines.join('\n')}\n`,
  }));
}

/**
 * The files that a cluster is made of, the YAML first.
 * @param name of the scenario and, with their endings, of the files
 */
export function documentOf(cluster: RandomCluster, name: string): SourceFile[] {
  const { profile, pods, deployments, services, rules, ipsets } = cluster;
  const documents = [
    ...pods.map(podText),
    ...deployments.map(deploymentText),
    ...services.flatMap((service) => [serviceText(service), ...endpointsText(service, profile)]),
    scenarioText(cluster, name),
  ];
  return [
    { name: `${name}.yaml`, text: documents.join('---\n') },
    ...filesOf(rules, name, RULES),
    ...filesOf(ipsets, name, SETS),
  ];
}

/**
 * The scenario that a cluster's files make.
 * @throws {InputError} when it is none, as one that was cut down may be
 */
export function scenarioOf(cluster: RandomCluster, name: string): Scenario {
  const [document, ...beside] = documentOf(cluster, name);
  return checkedScenario([document!], {
    open: (wanted) => {
      const found = beside.find((file) => file.name === wanted);
      if (found === undefined) throw new InputError({ file: wanted }, 'There is no such file');
      return found;
    },
  });
}
