/**
 * `kubectl rollout`: restart, pause and resume; its status and its history have files of their own.
 * @see kubernetes staging/src/k8s.io/kubectl/pkg/cmd/rollout
 */
import { WriteVerb } from '../../controllers/command.ts';
import { formatTimestamp } from '../../controllers/timestamp.ts';
import type { ClusterView } from './cluster-view.ts';
import { KubectlError, misuse } from './kubectl-error.ts';
import { type OptionSpec, parseArguments } from './options.ts';
import { refusalError } from './refusal.ts';
import { resourcePath } from './resource.ts';
import { history, undo } from './rollout-history.ts';
import { rolloutStatus } from './rollout-status.ts';
import { select } from './selection.ts';
import type { Planned, PlanStep } from './write-plan.ts';

const OPTIONS: OptionSpec = { selector: { kind: 'text', short: 'l' } };

const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';
const RESTARTABLE: ReadonlySet<string> = new Set(['Deployment', 'DaemonSet', 'StatefulSet']);

/** @throws {KubectlError} */
export function rollout(cluster: ClusterView, argv: readonly string[]): Planned {
  const [action = '', ...rest] = argv;
  if (action === 'restart') return restart(cluster, rest);
  if (action === 'status') return rolloutStatus(cluster, rest);
  if (action === 'history') return history(cluster, rest);
  if (action === 'undo') return undo(cluster, rest);
  if (action === 'pause' || action === 'resume') return hold(cluster, rest, action);
  throw new KubectlError(`error: unknown command "${action}"\nSee 'kubectl rollout -h' for help and examples`);
}

/** A Deployment that is paused leaves its pods as they are, whatever is changed in its template. */
function hold(cluster: ClusterView, argv: readonly string[], action: 'pause' | 'resume'): Planned {
  const options = parseArguments(argv, OPTIONS, `rollout ${action}`);
  if (options.words.length === 0) throw misuse('required resource not specified');
  const { parts, errors } = select(cluster.view, options.words, { namespace: options.text('namespace') ?? 'default' });
  const steps = parts.flatMap(({ info, objects }) =>
    objects.map((object): PlanStep => {
      const { name, namespace } = object.metadata;
      const path = resourcePath(info, name);
      const verb = action === 'pause' ? 'pausing' : 'resuming';
      if (object.kind !== 'Deployment') throw misuse(`${info.plural} "${name}" ${verb} is not supported`);
      if ((object.spec.paused === true) === (action === 'pause')) {
        throw misuse(`${path} ${action === 'pause' ? 'is already paused' : 'is not paused'}`);
      }
      const patch = { spec: { paused: action === 'pause' ? true : null } };
      return {
        write: { verb: WriteVerb.Patch, body: { kind: object.kind, namespace, name, patch } },
        said(reply) {
          if (reply.result === 'refused') throw refusalError(reply);
          return `${path} ${action}d\n`;
        },
      };
    }),
  );
  return { steps, errors };
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
