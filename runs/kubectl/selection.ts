/**
 * Which objects a command line means: `pods -l app=web`, `svc web db`, `deployment/web pod/x`, `svc,deployment --all`.
 */
import type { Kind, KindInfo, KubeObject } from '../../controllers/object/kind.ts';
import { resourceName } from '../../controllers/object/kind.ts';
import { type LabelSelector, matchesSelector } from '../../controllers/object/label-selector.ts';
import type { ObjectView } from '../../controllers/view.ts';
import { type KubectlError, misuse, notFound, unknownType } from './kubectl-error.ts';
import { categoryAll, resourceNamed } from './resource.ts';

export interface SelectionScope {
  /** `undefined`: all namespaces. */
  readonly namespace: string | undefined;
  readonly selector?: LabelSelector;
}

/** What one word, or one kind, led to. */
export interface Selected {
  readonly info: KindInfo;
  readonly objects: readonly KubeObject[];
  /** It was asked for by name. */
  readonly named: boolean;
}

export interface Selection {
  readonly parts: readonly Selected[];
  /** Names that led nowhere, in order. */
  readonly errors: readonly KubectlError[];
}

/** Kinds named by `svc,deployment` or `all`. @throws {KubectlError} for one that there isn't */
export function kindsNamed(word: string): readonly KindInfo[] {
  return word.split(',').flatMap((name) => (name === 'all' ? categoryAll() : [infoNamed(name)]));
}

function infoNamed(name: string): KindInfo {
  const info = resourceNamed(name);
  if (info === undefined) throw unknownType(name);
  return info;
}

/** Whether the command line asks for exactly one object, which is printed without a list around it. */
export function isSingle({ parts }: Selection): boolean {
  return parts.length === 1 && parts[0]!.named;
}

/**
 * @param words at least one
 * @throws {KubectlError} for a type that there isn't, or words that don't go together
 */
export function select(view: ObjectView, words: readonly string[], scope: SelectionScope): Selection {
  const byPath = words.filter((word) => word.includes('/'));
  if (byPath.length > 0) {
    if (byPath.length < words.length) {
      throw misuse(
        `there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'`,
      );
    }
    const pairs = words.map((word) => pairOf(word));
    return byName(view, pairs, scope);
  }
  const [types = '', ...names] = words;
  const kinds = kindsNamed(types);
  if (names.length === 0) return { parts: kinds.map((info) => listed(view, info, scope)), errors: [] };
  if (scope.selector !== undefined) throw misuse('name cannot be provided when a selector is specified');
  return byName(
    view,
    kinds.flatMap((info) => names.map((name): [KindInfo, string] => [info, name])),
    scope,
  );
}

function pairOf(word: string): [KindInfo, string] {
  const [type = '', name = '', more] = word.split('/');
  if (more !== undefined || type === '' || name === '') {
    throw misuse('arguments in resource/name form may not have more than one slash');
  }
  return [infoNamed(type), name];
}

function byName(
  view: ObjectView,
  pairs: readonly (readonly [KindInfo, string])[],
  { namespace }: SelectionScope,
): Selection {
  const parts: Selected[] = [];
  const errors: KubectlError[] = [];
  for (const [info, name] of pairs) {
    if (info.namespaced && namespace === undefined) {
      throw misuse('a resource cannot be retrieved by name across all namespaces');
    }
    const found = view.get(info.kind, info.namespaced ? namespace : undefined, name);
    if (found === undefined) errors.push(notFound(resourceName(info, name)));
    else parts.push({ info, objects: [found], named: true });
  }
  return { parts, errors };
}

function listed(view: ObjectView, info: KindInfo, { namespace, selector }: SelectionScope): Selected {
  const all: readonly KubeObject[] = view.list<Kind>(info.kind, info.namespaced ? namespace : undefined);
  const objects =
    selector === undefined ? all : all.filter(({ metadata }) => matchesSelector(selector, metadata.labels));
  return { info, objects, named: false };
}
