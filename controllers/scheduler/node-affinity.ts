/**
 * Which nodes a pod's nodeSelector and required node affinity leave it.
 * @see kubernetes staging/src/k8s.io/component-helpers/scheduling/corev1/nodeaffinity
 */
import { matchesMap, matchesSelector, type SelectorRequirement } from '../object/label-selector.ts';
import type { Node } from '../object/node.ts';
import type { Pod } from '../object/pod.ts';

type Operator = SelectorRequirement['operator'] | 'Gt' | 'Lt';

interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values?: readonly string[];
}

interface Term {
  readonly matchExpressions?: readonly Requirement[];
  readonly matchFields?: readonly Requirement[];
}

const NAME_FIELD = 'metadata.name';

function requiredTerms({ spec }: Pod): readonly Term[] | undefined {
  const affinity = spec.affinity as
    | {
        readonly nodeAffinity?: {
          readonly requiredDuringSchedulingIgnoredDuringExecution?: { readonly nodeSelectorTerms?: readonly Term[] };
        };
      }
    | undefined;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined ? undefined : (required.nodeSelectorTerms ?? []);
}

/** Whether the node has what the pod asks of nodes: every pair of its selector, and all of one of its terms. */
export function matchesNode(pod: Pod, { metadata }: Node): boolean {
  if (!matchesMap(pod.spec.nodeSelector ?? {}, metadata.labels)) return false;
  const terms = requiredTerms(pod);
  return (
    terms === undefined ||
    terms.some(({ matchExpressions = [], matchFields = [] }) => {
      // A term without any requirement takes no node.
      if (matchExpressions.length + matchFields.length === 0) return false;
      return (
        matchExpressions.every((one) => holds(one, metadata.labels)) &&
        matchFields.every((one) => holds(one, { [NAME_FIELD]: metadata.name }))
      );
    })
  );
}

function holds(requirement: Requirement, labels: Readonly<Record<string, string>> | undefined): boolean {
  const { key, operator, values = [] } = requirement;
  if (operator !== 'Gt' && operator !== 'Lt') {
    return matchesSelector({ matchExpressions: [requirement as SelectorRequirement] }, labels);
  }
  const found = labels?.[key];
  if (found === undefined || !/^-?\d+$/.test(found)) return false;
  return operator === 'Gt' ? Number(found) > Number(values[0]) : Number(found) < Number(values[0]);
}

/** The one node that a pod of a DaemonSet is meant for; `undefined`: it may run on several. */
export function onlyNode(pod: Pod): string | undefined {
  const terms = requiredTerms(pod);
  if (terms?.length !== 1) return undefined;
  const field = terms[0]!.matchFields?.find(({ key, operator }) => key === NAME_FIELD && operator === 'In');
  return field?.values?.length === 1 ? field.values[0] : undefined;
}

/** The pod's affinity with its terms narrowed to one node. @see kubernetes pkg/controller/daemon/util ReplaceDaemonSetPodNodeNameNodeAffinity */
export function affinityTo(node: string, affinity: unknown): object {
  const given = (affinity ?? {}) as { readonly nodeAffinity?: object };
  const nodeSelectorTerms = [{ matchFields: [{ key: NAME_FIELD, operator: 'In', values: [node] }] }];
  return {
    ...given,
    nodeAffinity: { ...given.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
  };
}
