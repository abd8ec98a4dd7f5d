/**
 * `kubectl rollout status`: how far a rollout is, told anew with each change of the object, until it is done.
 * @see kubernetes staging/src/k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go
 */
import { ClusterEventKind } from '../../controllers/event.ts';
import type { DaemonSet } from '../../controllers/object/daemon-set.ts';
import type { Deployment } from '../../controllers/object/deployment.ts';
import type { KubeObject } from '../../controllers/object/kind.ts';
import type { StatefulSet } from '../../controllers/object/stateful-set.ts';
import { parseDuration } from '../../core/time.ts';
import type { ClusterView } from './cluster-view.ts';
import { misuse } from './kubectl-error.ts';
import { printed } from './kubectl-result.ts';
import { type OptionSpec, parseArguments } from './options.ts';
import { select } from './selection.ts';
import type { Planned } from './write-plan.ts';

const OPTIONS: OptionSpec = {
  watch: { kind: 'flag', short: 'w' },
  timeout: { kind: 'text' },
};

/** What is said of an object, and whether its rollout is done. */
interface Progress {
  readonly text: string;
  readonly done: boolean;
}

/** @throws {KubectlError} */
export function rolloutStatus(cluster: ClusterView, argv: readonly string[]): Planned {
  const options = parseArguments(argv, OPTIONS, 'rollout status');
  if (options.words.length === 0) throw misuse('required resource not specified');
  const { parts, errors } = select(cluster.view, options.words, { namespace: options.text('namespace') ?? 'default' });
  if (errors.length > 0) throw errors[0]!;
  const object = parts[0]?.objects[0];
  const now = object === undefined ? undefined : progressOf(object);
  if (object === undefined || now === undefined) {
    throw misuse(`no status viewer has been implemented for ${object?.kind ?? 'nothing'}`);
  }
  if (now.done || options.text('watch') === 'false') return printed(now.text);
  const { uid, name, namespace } = object.metadata;
  const timeout = options.text('timeout');
  const patienceNs = timeout === undefined ? undefined : parseDuration(timeout);
  return {
    steps: [],
    stdout: now.text,
    hears: () => (event) => {
      if (event.kind !== ClusterEventKind.ObjectWritten || !event.text.includes(`"kind":"${object.kind}"`))
        return undefined;
      const written = JSON.parse(event.text) as KubeObject;
      const progress = written.metadata.uid === uid ? progressOf(written) : undefined;
      return progress === undefined ? undefined : { stdout: progress.text, stderr: '' };
    },
    isDone: (view) => {
      const found = view.get(object.kind, namespace, name) as KubeObject | undefined;
      return found === undefined || progressOf(found)?.done !== false;
    },
    ...(patienceNs === undefined ? {} : { patienceNs }),
    late: () => [misuse('timed out waiting for the condition')],
  };
}

function progressOf(object: KubeObject): Progress | undefined {
  switch (object.kind) {
    case 'Deployment':
      return deploymentProgress(object);
    case 'DaemonSet':
      return daemonProgress(object);
    case 'StatefulSet':
      return statefulProgress(object);
    default:
      return undefined;
  }
}

function waiting(text: string): Progress {
  return { text: `${text}\n`, done: false };
}

function deploymentProgress({ metadata, spec, status }: Deployment): Progress {
  const { name, generation = 0 } = metadata;
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  if (observedGeneration < generation) return waiting('Waiting for deployment spec update to be observed...');
  const head = `Waiting for deployment "${name}" rollout to finish:`;
  if (updatedReplicas < spec.replicas)
    return waiting(`${head} ${updatedReplicas} out of ${spec.replicas} new replicas have been updated...`);
  if (replicas > updatedReplicas)
    return waiting(`${head} ${replicas - updatedReplicas} old replicas are pending termination...`);
  if (availableReplicas < updatedReplicas)
    return waiting(`${head} ${availableReplicas} of ${updatedReplicas} updated replicas are available...`);
  return { text: `deployment "${name}" successfully rolled out\n`, done: true };
}

function daemonProgress({ metadata, spec, status }: DaemonSet): Progress {
  const { name, generation = 0 } = metadata;
  if (spec.updateStrategy.type !== 'RollingUpdate')
    throw misuse(`rollout status is only available for RollingUpdate strategy type`);
  if ((status.observedGeneration ?? 0) < generation)
    return waiting('Waiting for daemon set spec update to be observed...');
  const {
    desiredNumberScheduled: desired,
    updatedNumberScheduled: updated = 0,
    numberAvailable: available = 0,
  } = status;
  const head = `Waiting for daemon set "${name}" rollout to finish:`;
  if (updated < desired) return waiting(`${head} ${updated} out of ${desired} new pods have been updated...`);
  if (available < desired) return waiting(`${head} ${available} of ${desired} updated pods are available...`);
  return { text: `daemon set "${name}" successfully rolled out\n`, done: true };
}

function statefulProgress({ metadata, spec, status }: StatefulSet): Progress {
  const { generation = 0 } = metadata;
  const {
    observedGeneration = 0,
    readyReplicas = 0,
    updatedReplicas = 0,
    updateRevision = '',
    currentRevision = '',
  } = status;
  if (spec.updateStrategy.type !== 'RollingUpdate')
    throw misuse(`rollout status is only available for RollingUpdate strategy type`);
  if (observedGeneration < generation) return waiting('Waiting for statefulset spec update to be observed...');
  if (readyReplicas < spec.replicas) return waiting(`Waiting for ${spec.replicas - readyReplicas} pods to be ready...`);
  const partition = spec.updateStrategy.rollingUpdate?.partition ?? 0;
  if (partition > 0) {
    const wanted = spec.replicas - partition;
    if (updatedReplicas < wanted)
      return waiting(
        `Waiting for partitioned roll out to finish: ${updatedReplicas} out of ${wanted} new pods have been updated...`,
      );
    return { text: `partitioned roll out complete: ${updatedReplicas} new pods have been updated...\n`, done: true };
  }
  if (updateRevision !== currentRevision)
    return waiting(
      `waiting for statefulset rolling update to complete ${updatedReplicas} pods at revision ${updateRevision}...`,
    );
  return {
    text: `statefulset rolling update complete ${status.currentReplicas ?? 0} pods at revision ${currentRevision}...\n`,
    done: true,
  };
}
