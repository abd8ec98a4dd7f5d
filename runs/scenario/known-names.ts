/**
 * The names that a scenario may refer to: nodes, hosts, objects there at t = 0, and what its timeline creates. Words of
 * a command line count as known, since commands create things under names of their own making.
 */
import { KINDS } from '../../controllers/object/kind.ts';
import type { PlainObject } from '../manifest/document.ts';
import type { ManifestObject } from './object.ts';
import { didYouMean } from './suggestion.ts';

/** Kinds whose pods have names that start with theirs. */
const WORKLOADS = ['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet', 'ReplicationController', 'Job', 'CronJob'];

const SHORT_NAMES: Readonly<Record<string, string>> = {
  ns: 'Namespace',
  no: 'Node',
  po: 'Pod',
  svc: 'Service',
  ep: 'Endpoints',
  rs: 'ReplicaSet',
  deploy: 'Deployment',
  ds: 'DaemonSet',
  sts: 'StatefulSet',
  rc: 'ReplicationController',
  cj: 'CronJob',
  cm: 'ConfigMap',
  pdb: 'PodDisruptionBudget',
};

/** `svc`, `service`, `services`, `Service`. @returns the kind, or `undefined` */
export function kindNamed(word: string): string | undefined {
  const lower = word.toLowerCase();
  return SHORT_NAMES[lower] ?? KINDS.find(({ kind, plural }) => kind.toLowerCase() === lower || plural === lower)?.kind;
}

export function nameOf(object: PlainObject): { kind: string; namespace: string; name: string } {
  const metadata = (object.metadata ?? {}) as PlainObject;
  return {
    kind: String(object.kind),
    namespace: String(metadata.namespace ?? 'default'),
    name: String(metadata.name ?? ''),
  };
}

export class KnownNames {
  readonly nodes: ReadonlySet<string>;
  readonly hosts: ReadonlySet<string>;
  /** Every word of every command of the timeline. */
  readonly #words: ReadonlySet<string>;
  /** Names of each kind, as `NAMESPACE/NAME`. */
  readonly #objects = new Map<string, Set<string>>();

  constructor(
    nodes: Iterable<string>,
    hosts: Iterable<string>,
    objects: readonly ManifestObject[],
    commands: readonly string[],
  ) {
    this.nodes = new Set(nodes);
    this.hosts = new Set(hosts);
    this.#words = new Set(commands.flatMap((command) => command.split(/[\s/='",]+/)).filter((word) => word !== ''));
    this.#add('Service', 'default', 'kubernetes');
    this.#add('Service', 'kube-system', 'kube-dns');
    for (const { object } of objects) {
      const { kind, namespace, name } = nameOf(object);
      this.#add(kind, namespace, name);
    }
  }

  #add(kind: string, namespace: string, name: string): void {
    const names = this.#objects.get(kind) ?? new Set();
    names.add(`${namespace}/${name}`);
    this.#objects.set(kind, names);
  }

  has(kind: string, namespace: string, name: string): boolean {
    return this.#objects.get(kind)?.has(`${namespace}/${name}`) === true || this.#words.has(name);
  }

  /** Whether there is a pod of this name, or a workload whose pods have such names. */
  hasPod(namespace: string, name: string): boolean {
    if (this.has('Pod', namespace, name)) return true;
    const parts = name.split('-');
    return parts.some((_, i) => {
      const owner = parts.slice(0, i).join('-');
      return WORKLOADS.some((kind) => this.has(kind, namespace, owner));
    });
  }

  /** Whether any namespace has a service of this name. */
  hasService(name: string): boolean {
    return this.#words.has(name) || this.names('Service').includes(name);
  }

  /** Bare names of a kind, for suggestions. */
  names(kind: string): string[] {
    return [...(this.#objects.get(kind) ?? [])].map((name) => name.slice(name.indexOf('/') + 1));
  }

  /** `; did you mean …`, or in which other namespace the name is. */
  hint(kind: string, namespace: string, name: string): string {
    const elsewhere = [...(this.#objects.get(kind) ?? [])].find((known) => known.endsWith(`/${name}`));
    if (elsewhere !== undefined && elsewhere !== `${namespace}/${name}`) {
      return `; there is one in namespace ${elsewhere.split('/')[0]}`;
    }
    return didYouMean(name, this.names(kind));
  }
}
