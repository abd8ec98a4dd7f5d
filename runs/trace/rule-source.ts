/**
 * Where a rule comes from: the place in a manifest of the Service, or of the Endpoints, that kube-proxy wrote it for, or
 * the line of a rule file that was loaded. kube-proxy names the service in the rule's comment; a chain that is led to
 * from such a rule belongs to the same service.
 */
import { isServiceChain } from '../../controllers/kube-proxy/iptables/chain.ts';
import { SERVICE_NAME_LABEL } from '../../controllers/object/endpoint-slice.ts';
import type { CommentMatch } from '../../net/netfilter/extension/comment.ts';
import { printRule } from '../../net/netfilter/print.ts';
import type { Ruleset } from '../../net/netfilter/ruleset.ts';
import type { Where } from '../input-error.ts';
import type { ManifestObject } from '../scenario/object.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { TableWalk } from './table-walk.ts';

interface Meta {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export class RuleSources {
  /** By `namespace/name`. */
  readonly #services = new Map<string, string>();
  readonly #endpoints = new Map<string, string>();
  /** Rule files by host: text of each line to its place. */
  readonly #files = new Map<string, ReadonlyMap<string, string>>();

  constructor(scenario: Scenario) {
    const later = [...scenario.timeline].sort((a, b) => a.atNs - b.atNs).flatMap(({ applied }) => applied);
    for (const object of [...scenario.objects, ...later]) this.#learn(object);
    for (const { host, source } of scenario.rules) {
      const lines = source.text.split('\n').map((line, i) => [line.trim(), `${source.name}:${i + 1}`] as const);
      this.#files.set(host, new Map(lines));
    }
  }

  /** The place of each rule of a walk, in their order; undefined where there is none. */
  ofWalk(host: string, ruleset: Ruleset, { rules }: TableWalk): (string | undefined)[] {
    const services: (string | undefined)[] = [];
    return rules.map(({ index, parent }) => {
      const chain = ruleset.chainAt(index).name;
      const inherited = parent >= 0 && isServiceChain(chain) ? services[parent] : undefined;
      const service = chain.startsWith('KUBE-') ? (this.#named(ruleset, index) ?? inherited) : undefined;
      services.push(service);
      if (service === undefined) return this.#files.get(host)?.get(printRule(ruleset, index));
      const endpoints = chain.startsWith('KUBE-SEP-') ? this.#endpoints.get(service) : undefined;
      return endpoints ?? this.#services.get(service);
    });
  }

  #learn({ object, where }: ManifestObject): void {
    const { name, namespace = 'default', labels = {} } = object.metadata as Meta;
    if (object.kind === 'Service') this.#services.set(`${namespace}/${name}`, placeOf(where));
    else if (object.kind === 'Endpoints') this.#endpoints.set(`${namespace}/${name}`, placeOf(where));
    else if (object.kind === 'EndpointSlice' && labels[SERVICE_NAME_LABEL] !== undefined)
      this.#endpoints.set(`${namespace}/${labels[SERVICE_NAME_LABEL]}`, placeOf(where));
  }

  /** The service that a rule's comment names. */
  #named(ruleset: Ruleset, index: number): string | undefined {
    const match = ruleset.rule(index)?.matches.find(({ name }) => name === 'comment') as CommentMatch | undefined;
    const names = match?.comment.match(/[a-z0-9][-a-z0-9]*\/[a-z0-9][-a-z0-9.]*/g) ?? [];
    return names.find((name) => this.#services.has(name));
  }
}

function placeOf({ file, line }: Where): string {
  return line === undefined ? file : `${file}:${line}`;
}
