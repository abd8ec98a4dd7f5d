/**
 * Which Services there were when a pod's containers last started: what their variables are made of, as long as they run.
 * Pods that start between two changes of a Service share one list.
 */
import type { Service } from '../object/service.ts';
import type { ObjectView } from '../view.ts';

export class ServiceLinks {
  readonly #byPod = new Map<string, readonly Service[]>();
  /** By namespace, until a Service changes. */
  readonly #current = new Map<string, readonly Service[]>();

  /** A Service was written or deleted. */
  serviceChanged(): void {
    this.#current.clear();
  }

  /** Containers of a pod start, with what `view` shows. */
  started(uid: string, namespace: string, view: ObjectView): void {
    let services = this.#current.get(namespace);
    if (services === undefined) {
      const master = namespace === 'default' ? undefined : view.get('Service', 'default', 'kubernetes');
      services = [...view.list('Service', namespace), ...(master === undefined ? [] : [master])];
      this.#current.set(namespace, services);
    }
    this.#byPod.set(uid, services);
  }

  /** The pod is gone. */
  removed(uid: string): void {
    this.#byPod.delete(uid);
  }

  /** None before the containers of the pod have started. */
  of(uid: string): readonly Service[] {
    return this.#byPod.get(uid) ?? [];
  }
}
