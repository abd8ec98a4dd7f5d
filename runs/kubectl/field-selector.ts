/**
 * Field selectors, as they are typed behind `--field-selector`: `status.phase!=Running,spec.nodeName=node1`. Each kind has
 * its own short list of fields.
 * @see kubernetes pkg/apis/core/v1/conversion.go AddFieldLabelConversionsForPod
 * @see kubernetes staging/src/k8s.io/apimachinery/pkg/fields/selector.go
 */
import type { Kind, KindInfo, KubeObject } from '../../controllers/object/kind.ts';
import { evaluateJsonPath } from './json-path.ts';
import { KubectlError } from './kubectl-error.ts';

/** Beside the name, and the namespace where there is one. */
const FIELDS: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  Pod: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  Node: ['spec.unschedulable'],
  Namespace: ['status.phase'],
  ReplicationController: ['status.replicas'],
  ReplicaSet: ['status.replicas'],
  Secret: ['type'],
  Service: ['spec.clusterIP', 'spec.type'],
  StatefulSet: ['status.successful'],
};

/** What a field has that an object leaves out, where that is not the empty text. */
const DEFAULTS: Readonly<Record<string, string>> = {
  'spec.hostNetwork': 'false',
  'spec.unschedulable': 'false',
  'spec.schedulerName': 'default-scheduler',
  'spec.restartPolicy': 'Always',
};

interface Requirement {
  readonly field: string;
  readonly isEqual: boolean;
  readonly value: string;
}

/** @param labels the label selector beside it, for the server's complaint @throws {KubectlError} */
export function matchingFields(
  info: KindInfo,
  objects: readonly KubeObject[],
  query: string,
  labels: string,
): readonly KubeObject[] {
  const wanted = query.split(',').map((term): Requirement => {
    const [, field = '', operator, value = ''] = /^([^!=]*)(!=|==|=)(.*)$/.exec(term) ?? [];
    if (operator === undefined)
      throw refused(info, query, labels, `invalid selector: '${query}'; can't understand '${term}'`);
    if (!isKnown(info, field)) throw refused(info, query, labels, unknownText(info, field));
    return { field, isEqual: operator !== '!=', value };
  });
  return objects.filter((object) =>
    wanted.every(({ field, isEqual, value }) => (fieldText(object, field) === value) === isEqual),
  );
}

function isKnown({ kind, namespaced }: KindInfo, field: string): boolean {
  if (field === 'metadata.name' || (field === 'metadata.namespace' && namespaced)) return true;
  return FIELDS[kind]?.includes(field) === true;
}

function fieldText(object: KubeObject, field: string): string {
  return evaluateJsonPath(`{.${field}}`, object) || (DEFAULTS[field] ?? '');
}

/** Kinds with fields of their own, and those that have but the two, say it in different words. */
function unknownText({ kind }: KindInfo, field: string): string {
  return FIELDS[kind] !== undefined
    ? `field label not supported: ${field}`
    : `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

function refused({ apiVersion, group, plural }: KindInfo, query: string, labels: string, why: string): KubectlError {
  const resource = `${group}/${apiVersion.split('/').at(-1)}, Resource=${plural}`;
  const what = `"${resource}" that match label selector "${labels}", field selector "${query}"`;
  return new KubectlError(`Error from server (BadRequest): Unable to find ${what}: ${why}`);
}
