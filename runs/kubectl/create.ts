/**
 * `kubectl create`: deployment, service, namespace, job, configmap and secret generic.
 */
import { WriteVerb } from '../../controllers/command.ts';
import type { ClusterView } from './cluster-view.ts';
import { DRY_RUN_OPTIONS, dryRunOf, dryRunResult } from './dry-run.ts';
import { KubectlError, misuse } from './kubectl-error.ts';
import { type Arguments, type OptionSpec, parseArguments } from './options.ts';
import { pathOf } from './output.ts';
import { refusalError } from './refusal.ts';
import { intOrString, type PortManifest, serviceManifest } from './service-manifest.ts';
import { deploymentManifest } from './workload-manifest.ts';
import type { Planned } from './write-plan.ts';

const DEPLOYMENT_OPTIONS: OptionSpec = {
  ...DRY_RUN_OPTIONS,
  image: { kind: 'list' },
  replicas: { kind: 'text', short: 'r' },
  port: { kind: 'text' },
};

const SERVICE_OPTIONS: OptionSpec = {
  ...DRY_RUN_OPTIONS,
  tcp: { kind: 'list' },
  'node-port': { kind: 'text' },
  clusterip: { kind: 'text' },
  'external-name': { kind: 'text' },
};

const CONFIG_OPTIONS: OptionSpec = { ...DRY_RUN_OPTIONS, 'from-literal': { kind: 'list' }, type: { kind: 'text' } };
const JOB_OPTIONS: OptionSpec = { ...DRY_RUN_OPTIONS, image: { kind: 'text' } };

interface Named {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** @throws {KubectlError} */
export function create(cluster: ClusterView, argv: readonly string[]): Planned {
  const [type, ...rest] = argv;
  switch (type) {
    case 'deployment':
    case 'deploy':
    case 'dep':
      return createDeployment(cluster, rest);
    case 'service':
    case 'svc':
      return createService(cluster, rest);
    case 'namespace':
    case 'ns':
      return createNamespace(cluster, rest);
    case 'job':
      return createJob(cluster, rest);
    case 'configmap':
    case 'cm':
      return createConfigMap(cluster, rest);
    case 'secret':
      return createSecret(cluster, rest);
    case undefined:
      throw misuse('must specify one of -f and -k');
    default:
      throw new KubectlError(
        `error: Unexpected args: [${argv.join(' ')}]\nSee 'kubectl create -h' for help and examples`,
      );
  }
}

function createDeployment(cluster: ClusterView, argv: readonly string[]): Planned {
  const options = parseArguments(argv, DEPLOYMENT_OPTIONS, 'create deployment');
  const images = options.list('image');
  if (images.length === 0) throw misuse('required flag(s) "image" not set');
  const { rest } = options;
  if (rest !== undefined && images.length > 1) throw misuse('cannot specify multiple --image options and command');
  const port = options.text('port');
  const object = deploymentManifest(
    nameIn(options, 'create deployment'),
    options.text('namespace'),
    images,
    Number(options.text('replicas') ?? 1),
    port === undefined ? undefined : Number(port),
    rest,
  );
  return send(cluster, object, options, 'deployment');
}

const SERVICE_TYPES: Readonly<Record<string, string>> = {
  clusterip: 'ClusterIP',
  nodeport: 'NodePort',
  loadbalancer: 'LoadBalancer',
  externalname: 'ExternalName',
};

function createService(cluster: ClusterView, argv: readonly string[]): Planned {
  const [word = '', ...rest] = argv;
  const type = SERVICE_TYPES[word];
  if (type === undefined) {
    throw misuse(
      "must specify one of clusterip, nodeport, loadbalancer and externalname\nSee 'kubectl create service -h' for help and examples",
    );
  }
  const options = parseArguments(rest, SERVICE_OPTIONS, `create service ${word}`);
  const name = nameIn(options, `create service ${word}`);
  const nodePort = Number(options.text('node-port') ?? 0);
  const ports = options.list('tcp').map((pair) => portOf(pair, nodePort));
  const clusterIP = options.text('clusterip');
  if (ports.length === 0 && type !== 'ExternalName' && clusterIP !== 'None') {
    throw misuse('at least one tcp port specifier must be provided');
  }
  if (type === 'ExternalName' && options.text('external-name') === undefined) {
    throw misuse('required flag(s) "external-name" not set');
  }
  const labels = { app: name };
  const object = serviceManifest(name, options.text('namespace'), labels, {
    clusterIP,
    externalName: options.text('external-name'),
    ports: ports.length === 0 ? undefined : ports,
    selector: labels,
    type,
  });
  return send(cluster, object, options, `${type} service`);
}

/** `5678:8080`, `80`, `80:http`. */
function portOf(pair: string, nodePort: number): PortManifest {
  const [portText = '', targetText = portText] = pair.split(':');
  const port = portNumber(portText);
  const targetPort = intOrString(targetText);
  return {
    name: pair.replace(':', '-'),
    port,
    protocol: 'TCP',
    targetPort,
    ...(nodePort > 0 ? { nodePort } : {}),
  };
}

function portNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw misuse(`strconv.ParseUint: parsing "${text}": invalid syntax`);
  if (Number(text) > 65535) throw misuse(`strconv.ParseUint: parsing "${text}": value out of range`);
  return Number(text);
}

function createNamespace(cluster: ClusterView, argv: readonly string[]): Planned {
  const options = parseArguments(argv, DRY_RUN_OPTIONS, 'create namespace');
  const name = nameIn(options, 'create namespace');
  return send(
    cluster,
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {}, status: {} } as Named,
    options,
    '',
  );
}

function createJob(cluster: ClusterView, argv: readonly string[]): Planned {
  const options = parseArguments(argv, JOB_OPTIONS, 'create job');
  const name = nameIn(options, 'create job');
  const image = options.text('image');
  if (image === undefined) throw misuse('either --image or --from must be specified');
  const { rest } = options;
  const container = { name, image, resources: {}, ...(rest === undefined ? {} : { command: rest }) };
  const template = { metadata: {}, spec: { containers: [container], restartPolicy: 'Never' } };
  const metadata = metadataOf(name, options);
  return send(
    cluster,
    { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { template }, status: {} } as Named,
    options,
    'job',
  );
}

function createConfigMap(cluster: ClusterView, argv: readonly string[]): Planned {
  const options = parseArguments(argv, CONFIG_OPTIONS, 'create configmap');
  const metadata = metadataOf(nameIn(options, 'create configmap'), options);
  const data = literals(options);
  const object = { apiVersion: 'v1', ...(data === undefined ? {} : { data }), kind: 'ConfigMap', metadata };
  return send(cluster, object, options, 'configmap');
}

function createSecret(cluster: ClusterView, argv: readonly string[]): Planned {
  const [kind = '', ...rest] = argv;
  if (kind !== 'generic') throw misuse(`secrets of type "${kind}" are not modelled: generic ones are`);
  const options = parseArguments(rest, CONFIG_OPTIONS, 'create secret generic');
  const metadata = metadataOf(nameIn(options, 'create secret generic'), options);
  const given = literals(options);
  const data =
    given === undefined
      ? undefined
      : Object.fromEntries(Object.entries(given).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
  const type = options.text('type');
  const object = {
    apiVersion: 'v1',
    ...(data === undefined ? {} : { data }),
    kind: 'Secret',
    metadata,
    ...(type === undefined ? {} : { type }),
  };
  return send(cluster, object, options, 'secret');
}

function metadataOf(name: string, options: Arguments): { readonly name: string; readonly namespace?: string } {
  const namespace = options.text('namespace');
  return namespace === undefined ? { name } : { name, namespace };
}

/** `--from-literal=KEY=VALUE` */
function literals(options: Arguments): Readonly<Record<string, string>> | undefined {
  const pairs = options.list('from-literal').map((text): [string, string] => {
    const at = text.indexOf('=');
    if (at < 1) throw misuse(`invalid literal source ${text}, expected key=value`);
    return [text.slice(0, at), text.slice(at + 1)];
  });
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

function nameIn({ words }: Arguments, subcommand: string): string {
  if (words.length === 1) return words[0]!;
  throw new KubectlError(
    `error: exactly one NAME is required, got ${words.length}\nSee 'kubectl ${subcommand} -h' for help and examples`,
  );
}

/** @param what stands in the error when the server refuses; '' leaves the error to the server's own words */
function send(cluster: ClusterView, object: Named, options: Arguments, what: string): Planned {
  const message = `${pathOf(object)} created`;
  const dryRun = dryRunOf(options, cluster);
  if (dryRun.only) return dryRunResult([object], [message], options, dryRun);
  return {
    steps: [
      {
        write: { verb: WriteVerb.Create, body: { ...object } },
        said(reply) {
          if (reply.result !== 'refused') return `${message}\n`;
          throw what === '' ? refusalError(reply) : misuse(`failed to create ${what}: ${reply.message}`);
        },
      },
    ],
    stderr: dryRun.stderr,
  };
}
