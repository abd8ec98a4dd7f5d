/**
 * `kubectl describe`.
 */
import type { KubeObject } from '../../../controllers/object/kind.ts';
import type { ClusterView } from '../cluster-view.ts';
import { misuse } from '../kubectl-error.ts';
import { type KubectlResult, printed } from '../kubectl-result.ts';
import { parseLabelQuery } from '../label-query.ts';
import { type OptionSpec, parseArguments } from '../options.ts';
import { select } from '../selection.ts';
import { DESCRIBE_LAYOUT, tabbed } from '../tab-writer.ts';
import { describeCronJob, describeJob } from './batch-description.ts';
import { describeBudget } from './budget-description.ts';
import { describeConfigMap, describeSecret } from './config-description.ts';
import { Description } from './description.ts';
import { describeEndpointSlice, describeEndpoints } from './endpoints-description.ts';
import { describeEvents } from './event-list.ts';
import { describeNamespace } from './namespace-description.ts';
import { describeNode } from './node-description.ts';
import { describePod } from './pod-description.ts';
import { describeService } from './service-description.ts';
import { describeDaemonSet, describeReplicationController, describeStatefulSet } from './set-description.ts';
import { describeDeployment, describeReplicaSet } from './workload-description.ts';

const OPTIONS: OptionSpec = {
  'all-namespaces': { kind: 'flag', short: 'A' },
  selector: { kind: 'text', short: 'l' },
  'show-events': { kind: 'flag' },
};

/** @throws {KubectlError} */
export function describe(cluster: ClusterView, argv: readonly string[]): KubectlResult {
  const options = parseArguments(argv, OPTIONS, 'describe');
  if (options.words.length === 0) {
    throw misuse(
      'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.',
    );
  }
  const namespace = options.text('namespace') ?? 'default';
  const everywhere = options.flag('all-namespaces');
  const query = options.text('selector');
  const selection = select(cluster.view, options.words, {
    namespace: everywhere ? undefined : namespace,
    ...(query === undefined ? {} : { selector: parseLabelQuery(query) }),
  });
  const withEvents = options.text('show-events') !== 'false';
  const texts = selection.parts
    .flatMap(({ objects }) => objects)
    .map((object) => descriptionOf(object, cluster, withEvents));
  const byName = options.words.length > 1 || options.words[0]!.includes('/');
  const none =
    byName || texts.length > 0 ? '' : `No resources found${everywhere ? '' : ` in ${namespace} namespace.`}\n`;
  const stderr = none + selection.errors.map(({ text }) => `${text}\n`).join('');
  return printed(texts.join('\n\n'), stderr, selection.errors.length > 0 ? 1 : 0);
}

/** The description of one object. */
export function descriptionOf(object: KubeObject, cluster: ClusterView, withEvents = true): string {
  const text = new Description();
  describeKind(text, object, cluster);
  if (withEvents && object.kind !== 'Namespace' && object.kind !== 'Secret') describeEvents(text, object, cluster);
  return tabbed(text.text, DESCRIBE_LAYOUT);
}

function describeKind(text: Description, object: KubeObject, cluster: ClusterView): void {
  switch (object.kind) {
    case 'Pod':
      return describePod(text, object, cluster);
    case 'Service':
      return describeService(text, object, cluster);
    case 'Deployment':
      return describeDeployment(text, object, cluster);
    case 'ReplicaSet':
      return describeReplicaSet(text, object, cluster);
    case 'DaemonSet':
      return describeDaemonSet(text, object, cluster);
    case 'StatefulSet':
      return describeStatefulSet(text, object, cluster);
    case 'ReplicationController':
      return describeReplicationController(text, object, cluster);
    case 'Job':
      return describeJob(text, object, cluster);
    case 'CronJob':
      return describeCronJob(text, object);
    case 'ConfigMap':
      return describeConfigMap(text, object);
    case 'Secret':
      return describeSecret(text, object);
    case 'PodDisruptionBudget':
      return describeBudget(text, object);
    case 'Endpoints':
      return describeEndpoints(text, object);
    case 'EndpointSlice':
      return describeEndpointSlice(text, object);
    case 'Node':
      return describeNode(text, object, cluster);
    case 'Namespace':
      return describeNamespace(text, object);
  }
}
