/**
 * Requests from outside: what kubectl and the scenario's objects ask of the API server.
 */
import { invariant } from '../core/error.ts';
import { serve } from './api-server.ts';
import type { WriteObject, WriteObjects } from './command.ts';
import { WriteVerb } from './command.ts';
import { OUTSIDE } from './component.ts';
import type { ClusterEvent } from './event.ts';
import { ClusterEventKind } from './event.ts';
import { type EvictionTarget, evict, HELD_BACK } from './eviction.ts';
import { mergePatch, removalPatch } from './merge-patch.ts';
import type { Kind, KubeObject } from './object/kind.ts';
import { kindInfo } from './object/kind.ts';
import type { Manifest } from './object/manifest.ts';
import { isManifest, objectAt } from './object/manifest.ts';
import { keyOf } from './object-key.ts';
import type { Transaction } from './transaction.ts';
import type { WriteOutcome } from './write.ts';

/** Where `kubectl apply` keeps the manifest that it sent last. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

type Emit = (event: ClusterEvent) => void;

interface Target {
  readonly kind: Kind;
  readonly namespace?: string;
  readonly name: string;
  readonly gracePeriodSeconds?: number;
  readonly replicas?: number;
  readonly currentReplicas?: number;
  readonly patch?: Manifest;
}

/** Creates what is not there, and merges the manifest into what is: lists are replaced, not merged by key. */
export function applyManifest(transaction: Transaction, manifest: Manifest): WriteOutcome {
  const info = kindInfo(String(manifest['kind']));
  const metadata = objectAt(manifest, 'metadata');
  const name = String(metadata['name'] ?? '');
  const namespace = info?.namespaced ? String(metadata['namespace'] ?? 'default') : undefined;
  const current = info === undefined ? undefined : transaction.get(info.kind, namespace, name);
  if (info === undefined || current === undefined) return serve(transaction, { verb: 'create', object: manifest });
  const last = parseManifest(current.metadata.annotations?.[LAST_APPLIED] ?? '{}');
  const { kind: _kind, apiVersion: _version, status: _status, ...wanted } = manifest;
  const patch = mergePatch(removalPatch(last, manifest), wanted);
  return serve(transaction, { verb: 'patch', kind: info.kind, namespace, name, patch });
}

/** Serves one request and tells how it ended. */
export function serveRequest(transaction: Transaction, { verb, text, at }: WriteObject, emit: Emit): void {
  serveOne(transaction, verb, parseManifest(text), at, emit);
}

/** Serves several requests in order, each on what the ones before have left. */
export function serveRequests(transaction: Transaction, { text, at }: WriteObjects, emit: Emit): void {
  for (const { verb, body } of JSON.parse(text) as readonly { readonly verb: number; readonly body: Manifest }[]) {
    serveOne(transaction, verb, body, at, emit);
  }
}

function serveOne(transaction: Transaction, verb: number, body: Manifest, at: number, emit: Emit): void {
  const outcome = outcomeOf(transaction, verb, body);
  const isHeldBack = verb === WriteVerb.Evict && outcome.result === 'refused' && outcome.code === HELD_BACK;
  if (!isHeldBack) return tell(outcome, at, emit);
  const { retryNs, retryUntilNs } = body as unknown as EvictionTarget;
  const nextAt = retryNs === undefined || at + retryNs > (retryUntilNs ?? at + retryNs) ? 0 : at + retryNs;
  emit({ kind: ClusterEventKind.EvictionHeldBack, at, component: OUTSIDE, nextAt, text: JSON.stringify(body) });
}

/** Tells what no object's event tells: a refusal, or that nothing changed. */
export function tell(outcome: WriteOutcome, at: number, emit: Emit): void {
  if (outcome.result === 'refused') {
    const { code, message } = outcome;
    emit({ kind: ClusterEventKind.RequestRefused, at, component: OUTSIDE, code, text: message });
  } else if (outcome.result === 'unchanged') {
    const text = `${outcome.object.kind} ${keyOf(outcome.object)}`;
    emit({ kind: ClusterEventKind.RequestChangedNothing, at, component: OUTSIDE, text });
  }
}

function outcomeOf(transaction: Transaction, verb: number, body: Manifest): WriteOutcome {
  if (verb === WriteVerb.Create) return serve(transaction, { verb: 'create', object: body });
  if (verb === WriteVerb.Apply) return applyManifest(transaction, body);
  if (verb === WriteVerb.Update) return update(transaction, body);
  const target = body as unknown as Target;
  const place = { kind: target.kind, namespace: namespaceOf(target), name: target.name };
  if (verb === WriteVerb.Delete) {
    const { gracePeriodSeconds } = target;
    return serve(transaction, {
      verb: 'delete',
      ...place,
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    });
  }
  if (verb === WriteVerb.Evict) return evict(transaction, body as unknown as EvictionTarget);
  if (verb === WriteVerb.Patch) return serve(transaction, { verb: 'patch', ...place, patch: target.patch ?? {} });
  invariant(verb === WriteVerb.Scale, `Unknown verb of a request: ${verb}`);
  return scale(transaction, target);
}

function namespaceOf({ kind, namespace }: Target): string | undefined {
  return kindInfo(kind)?.namespaced ? (namespace ?? 'default') : undefined;
}

function scale(transaction: Transaction, target: Target): WriteOutcome {
  const { kind, name, replicas = 0, currentReplicas } = target;
  const namespace = namespaceOf(target);
  const object = transaction.get(kind, namespace, name);
  const now = object !== undefined && isScalable(object) ? object.spec.replicas : undefined;
  if (currentReplicas !== undefined && now !== undefined && now !== currentReplicas) {
    const message = `Expected replicas to be ${currentReplicas}, was ${now}`;
    return { result: 'refused', code: 409, reason: 'Conflict', message };
  }
  return serve(transaction, { verb: 'patch', kind, namespace, name, patch: { spec: { replicas } } });
}

type Scalable = Extract<KubeObject, { readonly spec: { readonly replicas: number } }>;

/** Whether an object has a number of replicas to change. */
export function isScalable(object: KubeObject): object is Scalable {
  return SCALABLE.has(object.kind);
}

const SCALABLE: ReadonlySet<Kind> = new Set<Kind>(['Deployment', 'ReplicaSet', 'StatefulSet', 'ReplicationController']);

/** Replaces an object; a resourceVersion in it must be the current one. */
function update(transaction: Transaction, manifest: Manifest): WriteOutcome {
  const info = kindInfo(String(manifest['kind']));
  const { name, namespace, resourceVersion } = objectAt(manifest, 'metadata') as Readonly<Record<string, string>>;
  const place = info?.namespaced ? (namespace ?? 'default') : undefined;
  const current = info === undefined ? undefined : transaction.get(info.kind, place, name ?? '');
  if (current === undefined) return serve(transaction, { verb: 'create', object: manifest });
  const stale = resourceVersion !== undefined && resourceVersion !== current.metadata.resourceVersion;
  const object = { ...manifest, metadata: { ...objectAt(manifest, 'metadata'), namespace: place } } as never;
  const from = stale ? { ...current, metadata: { ...current.metadata, resourceVersion } } : current;
  return serve(transaction, { verb: 'update', object, from: from as typeof current });
}

function parseManifest(text: string): Manifest {
  const value: unknown = JSON.parse(text);
  invariant(isManifest(value), 'A request is a JSON object');
  return value;
}
