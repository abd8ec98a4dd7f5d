/**
 * What a container takes out of ConfigMaps and Secrets for its environment, and why it can't start where one of them has
 * not the key that it asks for.
 * @see kubernetes pkg/kubelet/kubelet_pods.go makeEnvironmentVariables
 */
import type { ConfigMap, Secret } from '../object/config-map.ts';
import { textsOf } from '../object/config-map.ts';
import type { Container, Pod } from '../object/pod.ts';
import type { ObjectView } from '../view.ts';
import type { Variable } from './service-variables.ts';

export type ConfigKind = 'ConfigMap' | 'Secret';

/** The objects that a pod's containers are given texts from, as they are found; `undefined`: there is none. */
export type FindConfig = (kind: ConfigKind, name: string) => ConfigMap | Secret | undefined;

interface NameRef {
  readonly name?: string;
  readonly optional?: boolean;
}

interface KeyRef extends NameRef {
  readonly key: string;
}

interface EnvFrom {
  readonly prefix?: string;
  readonly configMapRef?: NameRef;
  readonly secretRef?: NameRef;
}

export interface ConfigReference {
  readonly kind: ConfigKind;
  readonly name: string;
  /** Absent: all of them. */
  readonly key?: string;
  readonly optional: boolean;
}

/** What a variable's value refers to, if it is a key of a ConfigMap or Secret. */
export function keyReference(valueFrom: unknown): (ConfigReference & { readonly key: string }) | undefined {
  const { configMapKeyRef, secretKeyRef } = (valueFrom ?? {}) as {
    readonly configMapKeyRef?: KeyRef;
    readonly secretKeyRef?: KeyRef;
  };
  const ref = configMapKeyRef ?? secretKeyRef;
  return ref && { ...reference(configMapKeyRef, ref), key: ref.key };
}

/** @param ref whichever of the two is given */
function reference(toConfigMap: NameRef | undefined, ref: NameRef): ConfigReference {
  const kind = toConfigMap === undefined ? 'Secret' : 'ConfigMap';
  return { kind, name: ref.name ?? '', optional: ref.optional === true };
}

function wholeReference({ configMapRef, secretRef }: EnvFrom): ConfigReference | undefined {
  const ref = configMapRef ?? secretRef;
  return ref && reference(configMapRef, ref);
}

/** All that a container refers to, `envFrom` first. */
export function configReferences({ env = [], envFrom = [] }: Container): readonly ConfigReference[] {
  const whole = (envFrom as readonly EnvFrom[]).flatMap((source) => wholeReference(source) ?? []);
  return [...whole, ...env.flatMap(({ valueFrom }) => keyReference(valueFrom) ?? [])];
}

/**
 * Why a kubelet can't make a container's environment, in its own words; `undefined`: it can. An object that is not there
 * at all holds nobody back: scenarios may leave out what doesn't concern the network.
 */
export function configFault(container: Container, { metadata }: Pod, find: FindConfig): string | undefined {
  for (const { kind, name, key, optional } of configReferences(container)) {
    if (key === undefined || optional) continue;
    const object = find(kind, name);
    if (object !== undefined && !textsOf(object).has(key))
      return `couldn't find key ${key} in ${kind} ${metadata.namespace}/${name}`;
  }
  return undefined;
}

/** A name that a variable may have. @see kubernetes staging/src/k8s.io/apimachinery/pkg/util/validation IsEnvVarName */
const VARIABLE_NAME = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;

/** The variables of `envFrom`, later ones over earlier ones; keys that are no names are left out. */
export function bulkVariables({ envFrom = [] }: Container, find: FindConfig): readonly Variable[] {
  return (envFrom as readonly EnvFrom[]).flatMap((source) => {
    const { prefix = '' } = source;
    const reference = wholeReference(source);
    const object = reference && find(reference.kind, reference.name);
    if (object === undefined) return [];
    return [...textsOf(object)]
      .map(([key, value]): Variable => [prefix + key, value])
      .filter(([name]) => VARIABLE_NAME.test(name));
  });
}

/** Looks objects up in what a view shows of a namespace. */
export function configsIn(view: ObjectView, namespace: string): FindConfig {
  return (kind, name) => view.get(kind, namespace, name);
}

/** The objects that a pod refers to as they are now, for as long as its containers run. */
export function frozenConfigs({ metadata, spec }: Pod, view: ObjectView): FindConfig {
  const find = configsIn(view, metadata.namespace ?? '');
  const found = new Map(
    spec.containers.flatMap(configReferences).map(({ kind, name }) => [`${kind}/${name}`, find(kind, name)] as const),
  );
  return found.size === 0 ? NO_CONFIGS : (kind, name) => found.get(`${kind}/${name}`);
}

export const NO_CONFIGS: FindConfig = () => undefined;
