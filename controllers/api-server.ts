/**
 * The API server: takes a request through defaults, allocation and validation, looks for conflicts, and stores.
 */
import { parseDuration, SECOND } from '../core/time.ts';
import { generatedName, nameSuffix } from './allocate/pod-name.ts';
import { equalContent } from './canonical.ts';
import { OUTSIDE } from './component.ts';
import { drawsBelow } from './draw-below.ts';
import { canonicalEndpoints } from './endpoints/canonical-endpoints.ts';
import { mergePatch } from './merge-patch.ts';
import { defaultObject } from './object/default.ts';
import { withDefaultTolerations } from './object/default-toleration.ts';
import { invalidMessage } from './object/field-error.ts';
import type { Kind, KindInfo, KubeObject } from './object/kind.ts';
import { groupKind, kindInfo, resourceName } from './object/kind.ts';
import type { Manifest } from './object/manifest.ts';
import { isManifest, objectAt } from './object/manifest.ts';
import type { ObjectMeta } from './object/metadata.ts';
import type { Pod } from './object/pod.ts';
import type { Service } from './object/service.ts';
import { carryOverService } from './object/service-update.ts';
import { validateObject, validateObjectUpdate } from './object/validation.ts';
import { generatedUid } from './object-uid.ts';
import { controllerNames } from './pin.ts';
import { Purpose } from './purpose.ts';
import { allocateService, noteAllocation } from './service-allocation.ts';
import { timestampAt } from './timestamp.ts';
import type { Transaction } from './transaction.ts';
import type { Refusal, Write, WriteOutcome } from './write.ts';

/** Attempts at a generated name. @see apiserver pkg/registry/generic/registry/store.go maxNameGenerationCreateAttempts */
const NAME_ATTEMPTS = 8;

/** Kinds whose `metadata.generation` counts changes of the spec. */
const COUNTED: ReadonlySet<Kind> = new Set<Kind>([
  'Deployment',
  'ReplicaSet',
  'DaemonSet',
  'StatefulSet',
  'ReplicationController',
  'Job',
  'CronJob',
  'PodDisruptionBudget',
]);

/** Objects bear their own path up to the release before this one. @see KEP-1164 */
const SELF_LINK_GONE_MINOR = 20;

/** Answers one request; what changes goes through the transaction. */
export function serve(transaction: Transaction, write: Write): WriteOutcome {
  if (!transaction.state.apiServer.running) return refusal(503, 'ServiceUnavailable', 'the API server is stopped');
  switch (write.verb) {
    case 'create':
      return create(transaction, write.object);
    case 'update':
      return replace(transaction, write.object, write.from);
    case 'patch':
      return patch(transaction, write);
    case 'delete':
      return remove(transaction, write);
  }
}

function refusal(code: number, reason: Refusal['reason'], message: string): Refusal {
  return { result: 'refused', code, reason, message };
}

function notFound(info: KindInfo, name: string): Refusal {
  return refusal(404, 'NotFound', `${resourceName(info, name)} not found`);
}

function invalid(info: KindInfo, name: string, errors: readonly string[]): Refusal {
  return refusal(422, 'Invalid', invalidMessage(groupKind(info), name, errors));
}

function conflict(info: KindInfo, name: string): Refusal {
  const what = `Operation cannot be fulfilled on ${resourceName(info, name)}`;
  const why = 'the object has been modified; please apply your changes to the latest version and try again';
  return refusal(409, 'Conflict', `${what}: ${why}`);
}

function create(transaction: Transaction, manifest: Manifest): WriteOutcome {
  const info = kindInfo(String(manifest['kind']));
  if (info === undefined) return refusal(404, 'NotFound', 'the server could not find the requested resource');
  const given = objectAt(manifest, 'metadata') as unknown as ObjectMeta;
  const pin = info.kind === 'Pod' ? podPinFor(transaction, manifest, given) : -1;
  const name = given.name || nameFor(transaction, info, given, transaction.state.pins.pod(pin)?.suffix);
  const namespace = info.namespaced ? given.namespace || 'default' : given.namespace || undefined;
  if (name !== undefined && transaction.get(info.kind, namespace, name) !== undefined) {
    return refusal(409, 'AlreadyExists', `${resourceName(info, name)} already exists`);
  }
  const metadata = newMetadata(transaction, info, given, name ?? '', namespace);
  const { minor } = transaction.state.config;
  const filled = defaultObject(info.kind, { ...manifest, apiVersion: info.apiVersion, metadata }, minor);
  const defaulted = filled.kind === 'Pod' ? withDefaultTolerations(filled) : filled;
  const errors = isMade(transaction, defaulted) ? [] : validateObject(defaulted, minor);
  if (errors.length > 0) return invalid(info, name ?? '', errors);
  const allocated = allocate(transaction, info, defaulted, undefined);
  if (allocated.refusal !== undefined) return allocated.refusal;
  if (pin >= 0) transaction.takenPins.add(pin);
  return { result: 'created', object: store(transaction, pinned(transaction, allocated.object), true) };
}

/**
 * Lists of endpoints that a controller of ours made from objects that were checked before: they can't be wrong, and
 * checking each of a thousand addresses at each change would cost more than all else.
 */
function isMade({ component }: Transaction, { kind }: KubeObject): boolean {
  return component !== OUTSIDE && (kind === 'Endpoints' || kind === 'EndpointSlice');
}

function newMetadata(
  transaction: Transaction,
  info: KindInfo,
  given: ObjectMeta,
  name: string,
  namespace: string | undefined,
): ObjectMeta {
  const { uid: _uid, resourceVersion: _version, deletionTimestamp: _deletion, namespace: _namespace, ...kept } = given;
  return {
    ...kept,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid: generatedUid(
      transaction.draw,
      transaction.subjectOf({ kind: info.kind, metadata: { ...kept, name, namespace } }),
    ),
    creationTimestamp: transaction.timestamp,
    ...(transaction.state.config.minor < SELF_LINK_GONE_MINOR ? { selfLink: selfLinkOf(info, name, namespace) } : {}),
    ...(COUNTED.has(info.kind) ? { generation: 1 } : {}),
  };
}

function selfLinkOf({ group, apiVersion, plural, namespaced }: KindInfo, name: string, namespace = ''): string {
  const root = group === '' ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
  return `${root}${namespaced ? `/namespaces/${namespace}` : ''}/${plural}/${name}`;
}

/** uid and age as a real cluster had them. */
function pinned(transaction: Transaction, object: KubeObject): KubeObject {
  const pin = transaction.state.pins.object(object);
  if (pin === undefined) return object;
  const offsetNs = pin.created === undefined ? undefined : parseDuration(pin.created);
  const created =
    offsetNs === undefined
      ? pin.created?.replace(/\.\d+(?=Z$)/, '')
      : timestampAt(transaction.state.config.startSeconds, offsetNs);
  const metadata = {
    ...object.metadata,
    ...(pin.uid === undefined ? {} : { uid: pin.uid }),
    ...(created === undefined ? {} : { creationTimestamp: created }),
  };
  return { ...object, metadata } as KubeObject;
}

/** Number of the pin that a new pod takes, or -1. */
function podPinFor(transaction: Transaction, manifest: Manifest, given: ObjectMeta): number {
  const { pins } = transaction.state;
  const pod = { ...manifest, metadata: { ...given, namespace: given.namespace || 'default' } } as unknown as Pod;
  const names = controllerNames(pod, transaction);
  return pins.nextPod(pod.metadata.namespace as string, names, transaction.takenPins);
}

/** @param suffix pinned; absent: drawn until the name is free */
function nameFor(
  transaction: Transaction,
  info: KindInfo,
  given: ObjectMeta,
  suffix: string | undefined,
): string | undefined {
  if (!given.generateName) return undefined;
  if (suffix !== undefined) return given.generateName + suffix;
  const namespace = info.namespaced ? given.namespace || 'default' : undefined;
  const named = { kind: info.kind, metadata: { ...given, namespace } };
  const draw = drawsBelow(transaction.draw, Purpose.NameSuffix, transaction.subjectOf(named));
  let name = '';
  for (let attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
    name = generatedName(given.generateName, nameSuffix(draw));
    if (transaction.get(info.kind, namespace, name) === undefined) break;
  }
  return name;
}

interface Allocated {
  readonly object: KubeObject;
  readonly refusal: Refusal | undefined;
}

function allocate(
  transaction: Transaction,
  info: KindInfo,
  object: KubeObject,
  previous: KubeObject | undefined,
): Allocated {
  if (object.kind === 'Endpoints' && !isMade(transaction, object)) {
    return { object: canonicalEndpoints(object), refusal: undefined };
  }
  if (object.kind !== 'Service') return { object, refusal: undefined };
  const { service, errors, failure } = allocateService(transaction, object, previous as Service | undefined);
  if (errors.length > 0) return { object, refusal: invalid(info, object.metadata.name, errors) };
  return { object: service, refusal: failure === undefined ? undefined : refusal(500, 'InternalError', failure) };
}

function store(transaction: Transaction, object: KubeObject, created: boolean): KubeObject {
  if (object.kind === 'Service') noteAllocation(transaction, object);
  return transaction.put(object, created);
}

function replace(transaction: Transaction, object: KubeObject, from: KubeObject): WriteOutcome {
  const info = kindInfo(object.kind) as KindInfo;
  const { namespace, name } = object.metadata;
  const current = transaction.get(info.kind, namespace, name);
  if (current === undefined) return notFound(info, name);
  if (current.metadata.uid !== from.metadata.uid || !isSameVersion(current, from)) return conflict(info, name);
  return change(transaction, info, current, object);
}

/** Versions of one object are one record each, but for those read back from text. */
function isSameVersion(a: KubeObject, b: KubeObject): boolean {
  return a === b || (a.metadata.resourceVersion === b.metadata.resourceVersion && equalContent(a, b));
}

function patch(transaction: Transaction, write: Extract<Write, { verb: 'patch' }>): WriteOutcome {
  const info = kindInfo(write.kind) as KindInfo;
  const current = transaction.get(write.kind, write.namespace, write.name);
  if (current === undefined) return notFound(info, write.name);
  if (write.uid !== undefined && write.uid !== current.metadata.uid) return conflict(info, write.name);
  const next = mergePatch(current as unknown as Manifest, write.patch) as unknown as KubeObject;
  if (write.subresource === undefined) return change(transaction, info, current, next);
  if (equalContent(next, current)) return { result: 'unchanged', object: current };
  return { result: 'changed', object: transaction.put(next, false) };
}

function change(transaction: Transaction, info: KindInfo, current: KubeObject, wanted: KubeObject): WriteOutcome {
  const { name, uid, creationTimestamp, generation } = current.metadata;
  const { minor } = transaction.state.config;
  const defaulted = defaultObject(info.kind, wanted as unknown as Manifest, minor);
  const carried = defaulted.kind === 'Service' ? carryOverService(defaulted, current as Service) : defaulted;
  const counted = COUNTED.has(info.kind) && !equalContent(specOf(current), specOf(carried));
  const metadata = {
    ...carried.metadata,
    uid,
    creationTimestamp,
    resourceVersion: current.metadata.resourceVersion,
    ...(generation === undefined ? {} : { generation: generation + (counted ? 1 : 0) }),
  } as ObjectMeta;
  const next = { ...carried, metadata } as KubeObject;
  const errors = isMade(transaction, next) ? [] : validateObjectUpdate(next, current, minor);
  if (errors.length > 0) return invalid(info, name, errors);
  const allocated = allocate(transaction, info, next, current);
  if (allocated.refusal !== undefined) return allocated.refusal;
  if (equalContent(allocated.object, current)) return { result: 'unchanged', object: current };
  return { result: 'changed', object: store(transaction, allocated.object, false) };
}

function specOf(object: KubeObject): unknown {
  return isManifest(object) ? object['spec'] : undefined;
}

function remove(transaction: Transaction, write: Extract<Write, { verb: 'delete' }>): WriteOutcome {
  const info = kindInfo(write.kind) as KindInfo;
  const current = transaction.get(write.kind, write.namespace, write.name);
  if (current === undefined) return notFound(info, write.name);
  if (write.uid !== undefined && write.uid !== current.metadata.uid) return conflict(info, write.name);
  if (current.kind === 'Pod') return removePod(transaction, current, write.gracePeriodSeconds);
  transaction.remove(current);
  return { result: 'deleted', object: current };
}

/**
 * A pod on a node goes in two steps: it is marked, and its kubelet deletes it once its containers have ended.
 * @see kubernetes pkg/registry/core/pod/strategy.go CheckGracefulDelete
 */
function removePod(transaction: Transaction, pod: Pod, asked: number | undefined): WriteOutcome {
  const ended = pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
  const wanted = asked ?? pod.spec.terminationGracePeriodSeconds;
  const seconds = !pod.spec.nodeName || ended ? 0 : wanted;
  if (seconds === 0) {
    transaction.remove(pod);
    return { result: 'deleted', object: pod };
  }
  const earlier = pod.metadata.deletionGracePeriodSeconds;
  if (pod.metadata.deletionTimestamp !== undefined && earlier !== undefined && earlier <= seconds) {
    return { result: 'unchanged', object: pod };
  }
  const { config } = transaction.state;
  const metadata: ObjectMeta = {
    ...pod.metadata,
    deletionTimestamp: timestampAt(config.startSeconds, transaction.at + seconds * SECOND),
    deletionGracePeriodSeconds: seconds,
  };
  return { result: 'deleted', object: transaction.put({ ...pod, metadata }, false) };
}
