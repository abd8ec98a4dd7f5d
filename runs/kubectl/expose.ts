/**
 * `kubectl expose`: a Service made from what selects, or is, a set of pods.
 * @see kubernetes staging/src/k8s.io/kubectl/pkg/cmd/expose/expose.go
 */
import { WriteVerb } from '../../controllers/command.ts';
import type { KubeObject } from '../../controllers/object/kind.ts';
import type { StringMap } from '../../controllers/object/metadata.ts';
import type { Container } from '../../controllers/object/pod.ts';
import type { ClusterView } from './cluster-view.ts';
import { DRY_RUN_OPTIONS, dryRunOf, dryRunResult } from './dry-run.ts';
import { KubectlError, misuse } from './kubectl-error.ts';
import { type Arguments, type OptionSpec, parseArguments } from './options.ts';
import { refusalError } from './refusal.ts';
import { select } from './selection.ts';
import { intOrString, type PortManifest, type ServiceManifest, serviceManifest } from './service-manifest.ts';
import type { Planned } from './write-plan.ts';

const OPTIONS: OptionSpec = {
  ...DRY_RUN_OPTIONS,
  port: { kind: 'text' },
  'target-port': { kind: 'text' },
  protocol: { kind: 'text' },
  type: { kind: 'text' },
  name: { kind: 'text' },
  labels: { kind: 'text', short: 'l' },
  selector: { kind: 'text' },
  'external-ip': { kind: 'text' },
  'load-balancer-ip': { kind: 'text' },
  'session-affinity': { kind: 'text' },
  'cluster-ip': { kind: 'text' },
};

const NOTHING = `error: You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`;

/** @throws {KubectlError} */
export function expose(cluster: ClusterView, argv: readonly string[]): Planned {
  const options = parseArguments(argv, OPTIONS, 'expose');
  if (options.words.length === 0) throw new KubectlError(NOTHING);
  const dryRun = dryRunOf(options, cluster);
  const selection = select(cluster.view, options.words, { namespace: options.text('namespace') ?? 'default' });
  const services = selection.parts.flatMap(({ objects }) => objects).map((object) => serviceOf(object, options));
  const messages = services.map(({ metadata }) => `service/${metadata.name} exposed`);
  if (dryRun.only && selection.errors.length === 0) return dryRunResult(services, messages, options, dryRun);
  return {
    steps: dryRun.only
      ? []
      : services.map((body, i) => ({
          write: { verb: WriteVerb.Create, body: { ...body } },
          said: (reply) => {
            if (reply.result === 'refused') throw refusalError(reply);
            return `${messages[i]}\n`;
          },
        })),
    stderr: dryRun.stderr,
    errors: selection.errors,
  };
}

function serviceOf(object: KubeObject, options: Arguments): ServiceManifest {
  const given = options.text('selector');
  const selector = given === undefined ? selectorOf(object) : parsePairs(given, 'selector');
  const labels =
    options.text('labels') === undefined ? object.metadata.labels : parsePairs(options.text('labels')!, 'labels');
  const externalIp = options.text('external-ip');
  return serviceManifest(options.text('name') ?? object.metadata.name, options.text('namespace'), labels, {
    ports: portsOf(object, options),
    selector,
    type: options.text('type'),
    externalIPs: externalIp === undefined ? undefined : [externalIp],
    loadBalancerIP: options.text('load-balancer-ip'),
    sessionAffinity: options.text('session-affinity'),
    clusterIP: options.text('cluster-ip'),
  });
}

function selectorOf(object: KubeObject): StringMap {
  const fail = (why: string): never => {
    throw misuse(`couldn't retrieve selectors via --selector flag or introspection: ${why}`);
  };
  switch (object.kind) {
    case 'Deployment':
    case 'ReplicaSet': {
      const { matchLabels, matchExpressions = [] } = object.spec.selector;
      if (matchExpressions.length > 0) return fail('couldn\'t convert expressions - "matchExpressions"');
      return matchLabels ?? fail('the selector is empty');
    }
    case 'Pod':
      return Object.keys(object.metadata.labels ?? {}).length > 0
        ? object.metadata.labels!
        : fail('the pod has no labels and cannot be exposed');
    case 'Service':
      return object.spec.selector ?? fail('the service has no pod selector set');
    default:
      throw misuse(`cannot expose a ${object.kind}`);
  }
}

function portsOf(object: KubeObject, options: Arguments): readonly PortManifest[] {
  const given = options.text('port');
  const known = knownPorts(object);
  const numbers = given === undefined ? known.map(({ port }) => port) : given.split(',').map(portNumber);
  if (numbers.length === 0) {
    throw new KubectlError(
      "error: couldn't find port via --port flag or introspection\nSee 'kubectl expose -h' for help and examples",
    );
  }
  const target = options.text('target-port');
  return numbers.map((port, i) => ({
    ...(numbers.length > 1 ? { name: `port-${i + 1}` } : {}),
    port,
    protocol: options.text('protocol') ?? known.find((one) => one.port === port)?.protocol ?? 'TCP',
    targetPort: target === undefined ? port : intOrString(target),
  }));
}

function portNumber(text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  throw misuse(`strconv.Atoi: parsing "${text}": invalid syntax`);
}

interface KnownPort {
  readonly port: number;
  readonly protocol: string;
}

function knownPorts(object: KubeObject): readonly KnownPort[] {
  if (object.kind === 'Service') return (object.spec.ports ?? []).map(({ port, protocol }) => ({ port, protocol }));
  const containers: readonly Container[] =
    object.kind === 'Pod'
      ? object.spec.containers
      : object.kind === 'Deployment' || object.kind === 'ReplicaSet'
        ? object.spec.template.spec.containers
        : [];
  return containers.flatMap(({ ports = [] }) =>
    ports.map(({ containerPort, protocol }) => ({ port: containerPort, protocol })),
  );
}

/** `a=b,c=d`. */
export function parsePairs(text: string, what: string): StringMap {
  const pairs = text.split(',').map((pair) => pair.split('='));
  for (const pair of pairs) {
    if (pair.length !== 2 || pair[0] === '') throw misuse(`unexpected ${what} spec: ${pair.join('=')}`);
  }
  return Object.fromEntries(pairs as [string, string][]);
}
