/**
 * `kubectl rollout restart` and `kubectl rollout status`.
 * @see kubernetes staging/src/k8s.io/kubectl/pkg/cmd/rollout
 */
import { WriteVerb } from '../../controllers/command.ts';
import type { Deployment } from '../../controllers/object/deployment.ts';
import { formatTimestamp } from '../../controllers/timestamp.ts';
import type { ClusterView } from './cluster-view.ts';
import { KubectlError, misuse } from './kubectl-error.ts';
import { printed } from './kubectl-result.ts';
import { type OptionSpec, parseArguments } from './options.ts';
import { refusalError } from './refusal.ts';
import { resourcePath } from './resource.ts';
import { select } from './selection.ts';
import type { Planned, PlanStep } from './write-plan.ts';

const OPTIONS: OptionSpec = {
  watch: { kind: 'flag', short: 'w' },
  timeout: { kind: 'text' },
};

const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';
const RESTARTABLE: ReadonlySet<string> = new Set(['Deployment', 'DaemonSet', 'StatefulSet']);

/** @throws {KubectlError} */
export function rollout(cluster: ClusterView, argv: readonly string[]): Planned {
  const [action = '', ...rest] = argv;
  if (action === 'restart') return restart(cluster, rest);
  if (action === 'status') return status(cluster, rest);
  throw new KubectlError(`error: kubectl rollout ${action} is not modelled yet`);
}

function restart(cluster: ClusterView, argv: readonly string[]): Planned {
  const options = parseArguments(argv, OPTIONS, 'rollout restart');
  if (options.words.length === 0) throw misuse('required resource not specified');
  const { parts, errors } = select(cluster.view, options.words, { namespace: options.text('namespace') ?? 'default' });
  const steps = parts.flatMap(({ info, objects }) =>
    objects.map(({ metadata, kind }): PlanStep => {
      if (!RESTARTABLE.has(kind)) throw misuse(`${info.plural} "${metadata.name}" restarting is not supported`);
      const annotations = { [RESTARTED_AT]: formatTimestamp(cluster.nowSeconds) };
      const patch = { spec: { template: { metadata: { annotations } } } };
      return {
        write: { verb: WriteVerb.Patch, body: { kind, namespace: metadata.namespace, name: metadata.name, patch } },
        said(reply) {
          if (reply.result === 'refused') throw refusalError(reply);
          return `${resourcePath(info, metadata.name)} restarted\n`;
        },
      };
    }),
  );
  return { steps, errors };
}

/** Without waiting: the lines that are said at this instant; exit code 1 where it is not done. */
function status(cluster: ClusterView, argv: readonly string[]): Planned {
  const options = parseArguments(argv, OPTIONS, 'rollout status');
  const { parts, errors } = select(cluster.view, options.words, { namespace: options.text('namespace') ?? 'default' });
  if (errors.length > 0) throw errors[0]!;
  const deployment = parts[0]?.objects[0];
  if (deployment?.kind !== 'Deployment') throw misuse('no status viewer has been implemented here but for deployments');
  const waiting = waitingText(deployment);
  const { name } = deployment.metadata;
  if (waiting === undefined) return printed(`deployment "${name}" successfully rolled out\n`);
  if (options.text('watch') === 'false') return printed(waiting);
  const isDone = (view: ClusterView['view']): boolean => {
    const now = view.get('Deployment', deployment.metadata.namespace, name);
    return now === undefined || waitingText(now) === undefined;
  };
  return { steps: [], stdout: waiting, after: `deployment "${name}" successfully rolled out\n`, isDone };
}

/** @see kubernetes staging/src/k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go */
function waitingText({ metadata, spec, status: now }: Deployment): string | undefined {
  const { name, generation = 0 } = metadata;
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = now;
  if (observedGeneration < generation) return 'Waiting for deployment spec update to be observed...\n';
  const head = `Waiting for deployment "${name}" rollout to finish:`;
  if (updatedReplicas < spec.replicas)
    return `${head} ${updatedReplicas} out of ${spec.replicas} new replicas have been updated...\n`;
  if (replicas > updatedReplicas)
    return `${head} ${replicas - updatedReplicas} old replicas are pending termination...\n`;
  if (availableReplicas < updatedReplicas)
    return `${head} ${availableReplicas} of ${updatedReplicas} updated replicas are available...\n`;
  return undefined;
}
