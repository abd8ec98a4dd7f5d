/**
 * The ordinary Kubernetes objects among a scenario's documents: which the model keeps, which have nothing to do with
 * the network and are passed over, which it would have to know and doesn't yet. Removed API versions are read as
 * their successors.
 */
import { kindInfo } from '../../controllers/object/kind.ts';
import { InputError, type Where } from '../input-error.ts';
import type { ManifestDocument, PlainObject } from '../manifest/document.ts';
import type { Locator } from '../manifest/locator.ts';
import { shown } from './issue.ts';

export interface ManifestObject {
  readonly object: PlainObject;
  readonly where: Where;
  readonly locator: Locator;
}

/** Kinds of Kubernetes' own groups that would change what packets do. */
const NOT_MODELLED = new Set([
  'ServiceCIDR',
  'IPAddress',
  'Gateway',
  'GatewayClass',
  'HTTPRoute',
  'GRPCRoute',
  'TCPRoute',
  'UDPRoute',
  'TLSRoute',
]);

/** Kinds that steer parts which the model doesn't have yet; by themselves they change no packet. */
const WITHOUT_EFFECT = new Set(['Ingress', 'IngressClass', 'NetworkPolicy']);

/** Groups whose kinds of those names are meant; another group's `Gateway` or `Ingress` is a custom resource. */
const GROUPS = new Set([
  '',
  'apps',
  'batch',
  'extensions',
  'networking.k8s.io',
  'discovery.k8s.io',
  'gateway.networking.k8s.io',
  'policy',
]);

/** Successors of removed API versions, by `apiVersion Kind`. @see https://kubernetes.io/docs/reference/using-api/deprecation-guide/ */
const SUCCESSORS: Readonly<Record<string, string>> = {
  'extensions/v1beta1 Deployment': 'apps/v1',
  'apps/v1beta1 Deployment': 'apps/v1',
  'apps/v1beta2 Deployment': 'apps/v1',
  'extensions/v1beta1 DaemonSet': 'apps/v1',
  'apps/v1beta2 DaemonSet': 'apps/v1',
  'apps/v1beta1 StatefulSet': 'apps/v1',
  'apps/v1beta2 StatefulSet': 'apps/v1',
  'batch/v1beta1 CronJob': 'batch/v1',
  'batch/v2alpha1 CronJob': 'batch/v1',
  'extensions/v1beta1 ReplicaSet': 'apps/v1',
  'apps/v1beta2 ReplicaSet': 'apps/v1',
  'policy/v1beta1 PodDisruptionBudget': 'policy/v1',
  'discovery.k8s.io/v1beta1 EndpointSlice': 'discovery.k8s.io/v1',
};

export type Sorted =
  | { readonly type: 'kept'; readonly object: ManifestObject }
  | { readonly type: 'passed-over' | 'without-effect'; readonly kind: string };

/** @throws {InputError} when it is no object, or of a kind or version that the model should know and doesn't */
export function sortObject(document: ManifestDocument): Sorted {
  const { value, locator } = document;
  const { kind, apiVersion } = value;
  for (const [key, found] of Object.entries({ apiVersion, kind })) {
    if (found === undefined) throw new InputError(document.where, `${key} is missing: this is no Kubernetes object`);
    if (typeof found !== 'string' || found === '') {
      throw new InputError(locator.value([key]), `${key} is ${shown(found)}: wanted is text`);
    }
  }
  const group = (apiVersion as string).includes('/') ? (apiVersion as string).split('/')[0]! : '';
  if (!GROUPS.has(group)) return { type: 'passed-over', kind: kind as string };
  if (NOT_MODELLED.has(kind as string)) {
    throw new InputError(locator.value(['kind']), `${kind} is not modelled yet`);
  }
  if (WITHOUT_EFFECT.has(kind as string)) return { type: 'without-effect', kind: kind as string };
  const info = kindInfo(kind as string);
  if (info === undefined) return { type: 'passed-over', kind: kind as string };
  if (apiVersion === info.apiVersion) return kept(document, value);
  if (SUCCESSORS[`${apiVersion} ${kind}`] === undefined) {
    const reason = `no matches for kind "${kind}" in version "${apiVersion}": wanted is ${info.apiVersion}`;
    throw new InputError(locator.value(['apiVersion']), reason);
  }
  return kept(document, succeeded(value, info.apiVersion));
}

/** The place is looked up when somebody asks: in a large dump that costs more than reading it. */
function kept(document: ManifestDocument, object: PlainObject): Sorted {
  const { locator } = document;
  return {
    type: 'kept',
    object: {
      object,
      locator,
      get where() {
        return document.where;
      },
    },
  };
}

/** The object as its kind's present version has it. */
function succeeded(value: PlainObject, apiVersion: string): PlainObject {
  const object = { ...value, apiVersion };
  if (value.kind === 'PodDisruptionBudget') return object;
  return value.kind === 'EndpointSlice' ? withNodeNames(object) : withSelector(object);
}

/** The beta versions of workloads took the selector from the template's labels where there was none. */
function withSelector(object: PlainObject): PlainObject {
  const spec = object.spec as PlainObject | undefined;
  const labels = ((spec?.template as PlainObject | undefined)?.metadata as PlainObject | undefined)?.labels;
  if (spec === undefined || spec.selector !== undefined || labels === undefined) return object;
  const { rollbackTo: _, templateGeneration: __, ...rest } = spec;
  return { ...object, spec: { ...rest, selector: { matchLabels: labels } } };
}

/** v1beta1 kept an endpoint's node and zone in a map called topology. */
function withNodeNames(object: PlainObject): PlainObject {
  if (!Array.isArray(object.endpoints)) return object;
  const endpoints = (object.endpoints as PlainObject[]).map((endpoint) => {
    const { topology, ...rest } = endpoint;
    const labels = (topology ?? {}) as Record<string, unknown>;
    const nodeName = labels['kubernetes.io/hostname'];
    const zone = labels['topology.kubernetes.io/zone'];
    return { ...rest, ...(nodeName === undefined ? {} : { nodeName }), ...(zone === undefined ? {} : { zone }) };
  });
  return { ...object, endpoints };
}

/** `ClusterRole, Secret (3)` for one notice. */
function countKinds(kinds: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, count]) => (count === 1 ? kind : `${kind} (${count})`))
    .join(', ');
}

/** What a person is told of the objects that were not kept. */
export function objectNotices(left: readonly Exclude<Sorted, { type: 'kept' }>[]): string[] {
  const kinds = (type: string) => left.filter((sorted) => sorted.type === type).map(({ kind }) => kind);
  const [passedOver, withoutEffect] = [kinds('passed-over'), kinds('without-effect')];
  return [
    ...(passedOver.length === 0
      ? []
      : [`Passed over, since they do not concern the network: ${countKinds(passedOver)}`]),
    ...(withoutEffect.length === 0
      ? []
      : [`Without effect, since what they steer is not modelled yet: ${countKinds(withoutEffect)}`]),
  ];
}

/** What a person is told of Services that wait for a cloud, which a scenario doesn't have. */
export function pendingNotices(objects: readonly ManifestObject[]): string[] {
  const names = objects.flatMap(({ object: { kind, metadata, spec } }) => {
    if (kind !== 'Service' || (spec as PlainObject | undefined)?.type !== 'LoadBalancer') return [];
    const { namespace = 'default', name } = (metadata ?? {}) as PlainObject;
    return [`${namespace}/${name}`];
  });
  if (names.length === 0) return [];
  return [
    `No cloud gives Services of type LoadBalancer an address, so their EXTERNAL-IP stays <pending>: ${[...new Set(names)].join(', ')}`,
  ];
}
