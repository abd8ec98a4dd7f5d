/**
 * `kubectl rollout history` and `undo`, of Deployments: their revisions are their ReplicaSets.
 * @see kubernetes staging/src/k8s.io/kubectl/pkg/polymorphichelpers/history.go, rollback.go
 */
import { equalContent } from '../../controllers/canonical.ts';
import { WriteVerb } from '../../controllers/command.ts';
import type { Deployment } from '../../controllers/object/deployment.ts';
import { controllerOf } from '../../controllers/object/metadata.ts';
import type { PodTemplate } from '../../controllers/object/pod.ts';
import type { ReplicaSet } from '../../controllers/object/replica-set.ts';
import type { ClusterView } from './cluster-view.ts';
import { misuse } from './kubectl-error.ts';
import { type KubectlResult, printed } from './kubectl-result.ts';
import { type Arguments, type OptionSpec, parseArguments } from './options.ts';
import { refusalError } from './refusal.ts';
import { resourcePath } from './resource.ts';
import { select } from './selection.ts';
import { TABLE_LAYOUT, tabbed } from './tab-writer.ts';
import type { Planned } from './write-plan.ts';

const REVISION = 'deployment.kubernetes.io/revision';
const CAUSE = 'kubernetes.io/change-cause';
const HASH_LABEL = 'pod-template-hash';

const OPTIONS: OptionSpec = { revision: { kind: 'text' }, 'to-revision': { kind: 'text' } };

/** @throws {KubectlError} */
export function history(cluster: ClusterView, argv: readonly string[]): KubectlResult {
  const { path, deployment } = deploymentIn(cluster, parseArguments(argv, OPTIONS, 'rollout history'));
  const rows = setsOf(cluster, deployment).map(({ metadata }) => {
    const cause = metadata.annotations?.[CAUSE] ?? '<none>';
    return `${metadata.annotations?.[REVISION] ?? ''}\t${cause}\n`;
  });
  return printed(`${path} \n${tabbed(`REVISION\tCHANGE-CAUSE\n${rows.join('')}`, TABLE_LAYOUT)}\n`);
}

/** @throws {KubectlError} */
export function undo(cluster: ClusterView, argv: readonly string[]): Planned {
  const options = parseArguments(argv, OPTIONS, 'rollout undo');
  const { path, deployment } = deploymentIn(cluster, options);
  const { name, namespace } = deployment.metadata;
  const sets = setsOf(cluster, deployment);
  const wanted = Number(options.text('to-revision') ?? 0);
  const target = wanted === 0 ? sets.at(-2) : sets.find((set) => revisionOf(set) === wanted);
  if (target === undefined) {
    throw misuse(
      wanted === 0
        ? `no rollout history found for deployment "${name}"`
        : `unable to find specified revision ${wanted} in history`,
    );
  }
  if (deployment.spec.paused === true) {
    throw misuse(
      `you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again`,
    );
  }
  const template = withoutHash(target.spec.template);
  if (equalContent(template, deployment.spec.template)) {
    return printed(`${path} skipped rollback (current template already matches revision ${revisionOf(target)})\n`);
  }
  // The whole template takes the place of the one that is there: what only that has goes.
  const body = { ...deployment, spec: { ...deployment.spec, template } };
  return {
    steps: [
      {
        write: { verb: WriteVerb.Update, body: { ...body, metadata: { ...deployment.metadata, name, namespace } } },
        said(reply) {
          if (reply.result === 'refused') throw refusalError(reply);
          return `${path} rolled back\n`;
        },
      },
    ],
  };
}

function deploymentIn(
  cluster: ClusterView,
  options: Arguments,
): { readonly path: string; readonly deployment: Deployment } {
  if (options.words.length === 0) throw misuse('required resource not specified');
  const { parts, errors } = select(cluster.view, options.words, { namespace: options.text('namespace') ?? 'default' });
  if (errors.length > 0) throw errors[0]!;
  const [part] = parts;
  const deployment = part?.objects[0];
  if (part === undefined || deployment?.kind !== 'Deployment')
    throw misuse('revisions are kept of deployments alone here');
  return { path: resourcePath(part.info, deployment.metadata.name), deployment };
}

/** By revision. */
function setsOf({ view }: ClusterView, { metadata }: Deployment): readonly ReplicaSet[] {
  return view
    .list('ReplicaSet', metadata.namespace)
    .filter((set) => controllerOf(set.metadata)?.uid === metadata.uid)
    .sort((a, b) => revisionOf(a) - revisionOf(b));
}

function revisionOf({ metadata }: ReplicaSet): number {
  return Number(metadata.annotations?.[REVISION] ?? 0);
}

function withoutHash(template: PodTemplate): PodTemplate {
  const { [HASH_LABEL]: _hash, ...labels } = template.metadata.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}
