/**
 * The Deployment controller: one ReplicaSet for each template that a Deployment has had, and pods moved from the old
 * ones to the newest.
 * @see kubernetes pkg/controller/deployment/deployment_controller.go
 */
import { podTemplateHash } from '../allocate/template-hash.ts';
import { equalContent } from '../canonical.ts';
import type { Controller, ReconcileContext, ReconcileResult } from '../controller.ts';
import { NOTHING_TO_DO } from '../controller.ts';
import type { EventNote } from '../note.ts';
import type { Deployment } from '../object/deployment.ts';
import type { Manifest } from '../object/manifest.ts';
import { controllerOf } from '../object/metadata.ts';
import type { PodTemplate } from '../object/pod.ts';
import { isPodTerminal } from '../object/pod.ts';
import type { ReplicaSet } from '../object/replica-set.ts';
import { POD_TEMPLATE_HASH_LABEL } from '../object/replica-set.ts';
import { keyOf, splitKey } from '../object-key.ts';
import type { ObjectView } from '../view.ts';
import type { Write } from '../write.ts';
import { deploymentStatus } from './deployment-status.ts';
import type { RolloutSets } from './rollout.ts';
import { newReplicas, oldReplicas, rolloutBounds } from './rollout.ts';

const REVISION = 'deployment.kubernetes.io/revision';
const DESIRED = 'deployment.kubernetes.io/desired-replicas';
const MOST = 'deployment.kubernetes.io/max-replicas';

/** Release from which the note about a scaled ReplicaSet tells both numbers. Rests on: model. */
const FROM_TO_MINOR = 28;

interface Plan {
  readonly minor: number;
  readonly writes: Write[];
  readonly notes: EventNote[];
}

function reconcile(key: string, view: ObjectView, context: ReconcileContext): ReconcileResult {
  const deployment = view.get('Deployment', ...splitKey(key));
  if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) return NOTHING_TO_DO;
  const all = ownedSets(deployment, view);
  const next = all.find((set) => equalContent(withoutHash(set.spec.template), withoutHash(deployment.spec.template)));
  const plan: Plan = { minor: context.config.minor, writes: [], notes: [] };
  if (deployment.spec.paused !== true) {
    if (next === undefined) plan.writes.push(...createNext(plan, deployment, all, view, context));
    else scaleSets(plan, deployment, { next, old: all.filter((set) => set !== next) }, view);
  }
  const revision = String(revisionFor(next, all));
  plan.writes.push(...statusWrites(deployment, next, all, revision, context.timestamp));
  return { writes: plan.writes, notes: plan.notes };
}

/** Oldest first. */
function ownedSets(deployment: Deployment, view: ObjectView): readonly ReplicaSet[] {
  const sets = view.listBy('ReplicaSet', 'owner', deployment.metadata.uid ?? '');
  return [...sets].sort((a, b) => revisionOf(a) - revisionOf(b) || (a.metadata.name < b.metadata.name ? -1 : 1));
}

function revisionOf(set: ReplicaSet): number {
  return Number(set.metadata.annotations?.[REVISION] ?? 0);
}

function lastRevision(sets: readonly ReplicaSet[]): number {
  return sets.reduce((last, set) => Math.max(last, revisionOf(set)), 0);
}

/** The newest ReplicaSet has the highest revision; an earlier one that is taken again gets a new one. */
function revisionFor(next: ReplicaSet | undefined, all: readonly ReplicaSet[]): number {
  const others = lastRevision(all.filter((set) => set !== next));
  return Math.max(others + 1, next === undefined ? 0 : revisionOf(next));
}

function createNext(
  plan: Plan,
  deployment: Deployment,
  all: readonly ReplicaSet[],
  view: ObjectView,
  context: ReconcileContext,
): readonly Write[] {
  if (deployment.spec.strategy.type === 'Recreate') {
    const cuts = all.filter((set) => set.spec.replicas > 0);
    if (cuts.length > 0) return cuts.map((set) => scaleSet(plan, deployment, set, 0));
    if (hasRunningPods(all, view)) return [];
  }
  const { namespace, name } = deployment.metadata;
  const hash = hashFor(deployment, view, context);
  const labels = { ...deployment.spec.template.metadata.labels, [POD_TEMPLATE_HASH_LABEL]: hash };
  const replicas = newReplicas(deployment, all, undefined);
  const object = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels,
      annotations: { ...scaleAnnotations(deployment), [REVISION]: String(revisionFor(undefined, all)) },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          name,
          uid: deployment.metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      replicas,
      selector: {
        ...deployment.spec.selector,
        matchLabels: { ...deployment.spec.selector.matchLabels, [POD_TEMPLATE_HASH_LABEL]: hash },
      },
      template: {
        ...deployment.spec.template,
        metadata: { ...deployment.spec.template.metadata, labels },
      },
      ...(deployment.spec.minReadySeconds === undefined ? {} : { minReadySeconds: deployment.spec.minReadySeconds }),
    },
  } as unknown as Manifest;
  if (replicas > 0) plan.notes.push(scaledNote(deployment, `${name}-${hash}`, 0, replicas, plan.minor));
  return [{ verb: 'create', object }];
}

/** The pinned hash comes from the pod that would be created next. */
function hashFor(deployment: Deployment, view: ObjectView, { pins, config }: ReconcileContext): string {
  const { minor } = config;
  const { namespace = '', name } = deployment.metadata;
  const pin = pins.pod(pins.nextPod(namespace, [name]))?.hash;
  if (pin !== undefined && view.get('ReplicaSet', namespace, `${name}-${pin}`) === undefined) return pin;
  for (let collisions = deployment.status.collisionCount ?? 0; ; collisions++) {
    const hash = podTemplateHash(deployment.spec.template, collisions, minor);
    if (view.get('ReplicaSet', namespace, `${name}-${hash}`) === undefined) return hash;
  }
}

/** The template as the Deployment has it: without the hash that its ReplicaSet added. */
function withoutHash(template: PodTemplate): PodTemplate {
  const { [POD_TEMPLATE_HASH_LABEL]: _hash, ...labels } = template.metadata.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

function hasRunningPods(sets: readonly ReplicaSet[], view: ObjectView): boolean {
  return sets.some((set) => view.listBy('Pod', 'owner', set.metadata.uid ?? '').some((pod) => !isPodTerminal(pod)));
}

function scaleAnnotations(deployment: Deployment): Record<string, string> {
  const { replicas } = deployment.spec;
  return { [DESIRED]: String(replicas), [MOST]: String(replicas + rolloutBounds(deployment).maxSurge) };
}

function scaleSets(plan: Plan, deployment: Deployment, sets: RolloutSets, view: ObjectView): void {
  const { next, old } = sets;
  const recreate = deployment.spec.strategy.type === 'Recreate';
  if (recreate && old.some((set) => set.spec.replicas > 0)) {
    for (const set of old) if (set.spec.replicas > 0) plan.writes.push(scaleSet(plan, deployment, set, 0));
    return;
  }
  const blocked = recreate && hasRunningPods(old, view);
  const surplus = next.spec.replicas > deployment.spec.replicas;
  const wanted = surplus ? deployment.spec.replicas : newReplicas(deployment, [next, ...old], next);
  const revision = String(revisionFor(next, [next, ...old]));
  const outdated = next.metadata.annotations?.[REVISION] !== revision || isAnnotatedOtherwise(deployment, next);
  if (!blocked && (wanted !== next.spec.replicas || outdated)) {
    plan.writes.push(scaleSet(plan, deployment, next, wanted, { [REVISION]: revision }));
    if (wanted !== next.spec.replicas) return;
  }
  const cuts = oldReplicas(deployment, sets);
  for (const set of old) {
    const replicas = cuts.get(set.metadata.name);
    if (replicas !== undefined) plan.writes.push(scaleSet(plan, deployment, set, replicas));
  }
  if (old.every((set) => set.spec.replicas === 0)) plan.writes.push(...cleanUp(deployment, old));
}

function isAnnotatedOtherwise(deployment: Deployment, set: ReplicaSet): boolean {
  return Object.entries(scaleAnnotations(deployment)).some(
    ([name, value]) => set.metadata.annotations?.[name] !== value,
  );
}

function scaleSet(
  plan: Plan,
  deployment: Deployment,
  set: ReplicaSet,
  replicas: number,
  extra: Readonly<Record<string, string>> = {},
): Write {
  if (replicas !== set.spec.replicas) {
    plan.notes.push(scaledNote(deployment, set.metadata.name, set.spec.replicas, replicas, plan.minor));
  }
  const annotations = { ...set.metadata.annotations, ...scaleAnnotations(deployment), ...extra };
  const metadata = { ...set.metadata, annotations };
  return { verb: 'update', from: set, object: { ...set, metadata, spec: { ...set.spec, replicas } } };
}

function scaledNote({ metadata }: Deployment, set: string, from: number, to: number, minor: number): EventNote {
  const { namespace = '', name, uid } = metadata;
  const direction = to > from ? 'up' : 'down';
  const range = minor < FROM_TO_MINOR ? `to ${to}` : `from ${from} to ${to}`;
  return {
    type: 'Normal',
    reason: 'ScalingReplicaSet',
    message: `Scaled ${direction} replica set ${set} ${range}`,
    kind: 'Deployment',
    namespace,
    name,
    ...(uid === undefined ? {} : { uid }),
  };
}

/** Deletes the oldest empty ReplicaSets beyond the history's limit. */
function cleanUp(deployment: Deployment, old: readonly ReplicaSet[]): readonly Write[] {
  const surplus = old.length - deployment.spec.revisionHistoryLimit;
  return old
    .slice(0, Math.max(0, surplus))
    .filter((set) => set.status.replicas === 0)
    .map(({ metadata }) => ({
      verb: 'delete',
      kind: 'ReplicaSet',
      namespace: metadata.namespace,
      name: metadata.name,
      ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
    }));
}

function statusWrites(
  deployment: Deployment,
  next: ReplicaSet | undefined,
  all: readonly ReplicaSet[],
  revision: string,
  timestamp: string,
): readonly Write[] {
  const status = deploymentStatus(deployment, next, all, timestamp);
  const metadata = {
    ...deployment.metadata,
    annotations: { ...deployment.metadata.annotations, [REVISION]: revision },
  };
  const object: Deployment = { ...deployment, metadata, status };
  return equalContent(object, deployment) ? [] : [{ verb: 'update', from: deployment, object }];
}

export const deploymentController: Controller = {
  kind: 'deployment',
  watches: ({ object, deleted }) =>
    object.kind === 'Deployment' || object.kind === 'ReplicaSet' || (object.kind === 'Pod' && deleted),
  keysOf: ({ object }, view) => {
    if (object.kind === 'Deployment') return [keyOf(object)];
    const owner = controllerOf(object.metadata);
    if (owner?.kind === 'Deployment') return [`${object.metadata.namespace}/${owner.name}`];
    if (object.kind !== 'Pod' || owner?.kind !== 'ReplicaSet') return [];
    const set = view.get('ReplicaSet', object.metadata.namespace, owner.name);
    const above = set === undefined ? undefined : controllerOf(set.metadata);
    return above?.kind === 'Deployment' ? [`${object.metadata.namespace}/${above.name}`] : [];
  },
  allKeys: (view) => view.list('Deployment').map(keyOf),
  reconcile,
};
