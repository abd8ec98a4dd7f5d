/**
 * Pins: what a real cluster drew at random, told beforehand. They are taken in the order of creation, before anything is
 * drawn; which ones are taken follows from the objects created so far.
 */

import type { KubeObject } from './object/kind.ts';
import { controllerOf } from './object/metadata.ts';
import type { ReplicaSet } from './object/replica-set.ts';
import { keyOf, objectKey, splitKey } from './object-key.ts';
import type { ObjectView } from './view.ts';

/** Any field may be left out. */
export interface PodPin {
  /** A controller (Deployment, ReplicaSet …) or a bare pod, as NAME or NAMESPACE/NAME. */
  readonly of?: string;
  /** What the ReplicaSet's name ends in. */
  readonly hash?: string;
  /** What the pod's name ends in. */
  readonly suffix?: string;
  readonly ip?: string;
  readonly node?: string;
}

export interface ObjectPin {
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** RFC 3339, or a duration from the start such as `-3d5h`. */
  readonly created?: string;
  readonly restarts?: number;
}

export interface Pins {
  readonly pods?: readonly PodPin[];
  /** Cluster IPs of a service, NAME or NAMESPACE/NAME, one for each time that it is created. */
  readonly services?: Readonly<Record<string, readonly string[]>>;
  /** Node ports of a service, one for each port that gets one. */
  readonly nodePorts?: Readonly<Record<string, readonly number[]>>;
  /** `pod/NAMESPACE/NAME`, `service/NAME`, `node/NAME` (kind in lower case; `default` may be left out). */
  readonly objects?: Readonly<Record<string, ObjectPin>>;
}

/** Which pins are taken. Changed by `evolve` alone. */
export class PinLedger {
  readonly pins: Pins;
  readonly #takenPods = new Set<number>();
  readonly #podPins = new Map<string, PodPin>();
  readonly #taken = new Map<string, number>();
  readonly #pinsObjects: boolean;
  /** Uids of objects that stood before the run, by kind and key: their pins are theirs alone. */
  readonly #standing = new Map<string, string>();

  constructor(pins: Pins) {
    this.pins = pins;
    this.#pinsObjects = Object.keys(pins.objects ?? {}).length > 0;
  }

  /**
   * The next pin for a pod that belongs to these controllers, leaving out those `besides`.
   * @returns its number, or -1
   */
  nextPod(namespace: string, names: readonly string[], besides: ReadonlySet<number> = NONE): number {
    const { pods = [] } = this.pins;
    return pods.findIndex(
      (pin, i) => !this.#takenPods.has(i) && !besides.has(i) && matchesPin(pin.of, namespace, names),
    );
  }

  pod(number: number): PodPin | undefined {
    return this.pins.pods?.[number];
  }

  /** The pin that a pod took when it was created. */
  podPin(uid: string): PodPin | undefined {
    return this.#podPins.get(uid);
  }

  /** Number of pinned cluster IPs or node ports that a service has used up. */
  used(list: 'services' | 'nodePorts', namespace: string, name: string): number {
    return this.#taken.get(`${list} ${objectKey(namespace, name)}`) ?? 0;
  }

  /** The pinned values of a service, first those not yet used. */
  serviceValues<L extends 'services' | 'nodePorts'>(list: L, namespace: string, name: string): readonly PinValue<L>[] {
    const all =
      this.pins[list]?.[objectKey(namespace, name)] ?? (namespace === 'default' ? this.pins[list]?.[name] : []);
    return (all ?? []).slice(this.used(list, namespace, name)) as unknown as readonly PinValue<L>[];
  }

  /** What is pinned of an object. One that comes after another of its name, which stood before the run, has no pins. */
  object(object: KubeObject): ObjectPin | undefined {
    if (!this.#pinsObjects) return undefined;
    const { namespace, name, uid } = object.metadata;
    const kind = object.kind.toLowerCase();
    const { objects = {} } = this.pins;
    const standing = this.#standing.get(`${kind} ${keyOf(object)}`);
    if (standing !== undefined && standing !== uid) return undefined;
    if (namespace === undefined) return objects[`${kind}/${name}`];
    return (
      objects[`${kind}/${namespace}/${name}`] ?? (namespace === 'default' ? objects[`${kind}/${name}`] : undefined)
    );
  }

  /** Notes that an object stood before the run. @param view the objects before */
  stood(object: KubeObject, view: Pick<ObjectView, 'get'>): void {
    this.#standing.set(`${object.kind.toLowerCase()} ${keyOf(object)}`, object.metadata.uid ?? '');
    this.created(object, view);
  }

  /** Notes that an object was created. @param view the objects before */
  created(object: KubeObject, view: Pick<ObjectView, 'get'>): void {
    const { namespace = '', name, uid = '' } = object.metadata;
    if (object.kind === 'Pod') {
      const number = this.nextPod(namespace, controllerNames(object, view));
      if (number < 0) return;
      this.#takenPods.add(number);
      this.#podPins.set(uid, this.pins.pods![number]!);
    } else if (object.kind === 'Service') {
      this.#take(
        'services',
        namespace,
        name,
        object.spec.clusterIP === undefined || object.spec.clusterIP === 'None' ? 0 : 1,
      );
      this.#take('nodePorts', namespace, name, (object.spec.ports ?? []).filter((port) => port.nodePort).length);
    }
  }

  #take(list: string, namespace: string, name: string, count: number): void {
    const key = `${list} ${objectKey(namespace, name)}`;
    if (count > 0) this.#taken.set(key, (this.#taken.get(key) ?? 0) + count);
  }
}

const NONE: ReadonlySet<number> = new Set();

type PinValue<L extends 'services' | 'nodePorts'> = L extends 'services' ? string : number;

/** A pin without a namespace never goes to kube-system's own objects. */
function matchesPin(of: string | undefined, namespace: string, names: readonly string[]): boolean {
  if (of === undefined) return namespace !== 'kube-system';
  if (!of.includes('/')) return namespace !== 'kube-system' && names.includes(of);
  const [pinned, name] = splitKey(of);
  return pinned === namespace && names.includes(name);
}

/** Names of a pod itself (when it is bare), of its controller, and of its ReplicaSet's Deployment. */
export function controllerNames(object: KubeObject, view: Pick<ObjectView, 'get'>): readonly string[] {
  const owner = controllerOf(object.metadata);
  if (owner === undefined) return [object.metadata.name];
  const set = owner.kind === 'ReplicaSet' ? view.get('ReplicaSet', object.metadata.namespace, owner.name) : undefined;
  const above = set === undefined ? undefined : controllerOf((set as ReplicaSet).metadata);
  return above === undefined ? [owner.name] : [above.name, owner.name];
}
