/**
 * Which Services, ConfigMaps and Secrets there were when a pod's containers last started: what their variables are made
 * of, as long as they run. Pods that start between two changes of a Service share one list.
 */
import type { Service } from '../object/service.ts';
import type { ObjectView } from '../view.ts';
import { type FindConfig, frozenConfigs, NO_CONFIGS } from './config-source.ts';

export class ServiceLinks {
  readonly #byPod = new Map<string, readonly Service[]>();
  /** Of pods that refer to ConfigMaps or Secrets. */
  readonly #configs = new Map<string, FindConfig>();
  /** By namespace, until a Service changes. */
  readonly #current = new Map<string, readonly Service[]>();

  /** A Service was written or deleted. */
  serviceChanged(): void {
    this.#current.clear();
  }

  /** Containers of a pod start, with what `view` shows. */
  started(uid: string, namespace: string, name: string, view: ObjectView): void {
    const pod = view.get('Pod', namespace, name);
    const configs = pod === undefined ? NO_CONFIGS : frozenConfigs(pod, view);
    if (configs !== NO_CONFIGS) this.#configs.set(uid, configs);
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
    this.#configs.delete(uid);
  }

  /** None before the containers of the pod have started. */
  of(uid: string): readonly Service[] {
    return this.#byPod.get(uid) ?? [];
  }

  configsOf(uid: string): FindConfig {
    return this.#configs.get(uid) ?? NO_CONFIGS;
  }
}
