/**
 * Names by which people call kinds: plural, singular, short, with or without the API group.
 */
import type { Kind, KindInfo } from '../../controllers/object/kind.ts';
import { KINDS } from '../../controllers/object/kind.ts';

const SHORT_NAMES: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  Namespace: ['ns'],
  Node: ['no'],
  Pod: ['po'],
  Service: ['svc'],
  Endpoints: ['ep'],
  ReplicaSet: ['rs'],
  Deployment: ['deploy'],
  DaemonSet: ['ds'],
  StatefulSet: ['sts'],
  ReplicationController: ['rc'],
  CronJob: ['cj'],
  ConfigMap: ['cm'],
  PodDisruptionBudget: ['pdb'],
};

/** What `all` stands for, in the order in which it is shown. */
const CATEGORY_ALL: readonly Kind[] = [
  'Pod',
  'ReplicationController',
  'Service',
  'DaemonSet',
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'CronJob',
  'Job',
];

/** Every name of a kind, in lower case. */
function namesOf({ kind, plural, group, apiVersion }: KindInfo): readonly string[] {
  const plain = [plural, kind.toLowerCase()];
  const version = apiVersion.split('/').at(-1);
  const qualified = group === '' ? [] : plain.flatMap((name) => [`${name}.${group}`, `${name}.${version}.${group}`]);
  return [...plain, ...qualified, ...(SHORT_NAMES[kind] ?? [])];
}

const BY_NAME: ReadonlyMap<string, KindInfo> = new Map(
  KINDS.flatMap((info) => namesOf(info).map((name): [string, KindInfo] => [name, info])),
);

/** @param name `svc`, `services`, `Service`, `deployments.apps` … @returns `undefined` for a type that the model doesn't keep */
export function resourceNamed(name: string): KindInfo | undefined {
  return BY_NAME.get(name.toLowerCase());
}

/** The kinds of `all`. */
export function categoryAll(): readonly KindInfo[] {
  return CATEGORY_ALL.map((kind) => KINDS.find((info) => info.kind === kind) as KindInfo);
}

/** `deployment.apps`: the kind in kubectl's messages and in front of a name. */
export function resourceKind({ kind, group }: KindInfo): string {
  return group === '' ? kind.toLowerCase() : `${kind.toLowerCase()}.${group}`;
}

/** `deployment.apps/web`. */
export function resourcePath(info: KindInfo, name: string): string {
  return `${resourceKind(info)}/${name}`;
}
