/**
 * The forms of `-o` that are the same for every kind: yaml, json, name, jsonpath.
 */

import type { KindInfo } from '../../controllers/object/kind.ts';
import { kindInfo } from '../../controllers/object/kind.ts';
import { customColumns } from './custom-columns.ts';
import { evaluateJsonPath } from './json-path.ts';
import { jsonText } from './json-text.ts';
import { misuse } from './kubectl-error.ts';
import { resourcePath } from './resource.ts';
import { yamlText } from './yaml-text.ts';

interface Named {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

const FORMATS =
  'custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,wide,yaml';

const UNMODELLED: ReadonlySet<string> = new Set(
  'custom-columns-file go-template go-template-file jsonpath-as-json jsonpath-file template templatefile'.split(' '),
);

/** Whether `-o` asks for rows: not given, or `wide`. */
export function isTable(output: string | undefined): boolean {
  return output === undefined || output === '' || output === 'wide';
}

/**
 * @param single the one object that was asked for by name is printed bare, anything else as a List
 * @throws {KubectlError} for a form that there isn't
 */
export function formatObjects(objects: readonly Named[], output: string, single: boolean, withHeader = true): string {
  if (output === 'name') return objects.map((object) => `${pathOf(object)}\n`).join('');
  const [object] = objects;
  const value =
    single && object !== undefined
      ? object
      : { apiVersion: 'v1', items: objects, kind: 'List', metadata: { resourceVersion: '' } };
  if (output === 'yaml') return yamlText(value);
  if (output === 'json') return jsonText(value);
  if (output.startsWith('custom-columns=')) {
    return customColumns(output.slice('custom-columns='.length), objects, withHeader);
  }
  if (output.startsWith('jsonpath=')) return evaluateJsonPath(output.slice('jsonpath='.length), value);
  if (UNMODELLED.has(output.split('=')[0]!)) throw misuse(`-o ${output.split('=')[0]} is not modelled yet`);
  throw misuse(`unable to match a printer suitable for the output format "${output}", allowed formats are: ${FORMATS}`);
}

/** `service/web`. */
export function pathOf(object: Named): string {
  return resourcePath(kindInfo(object.kind) as KindInfo, object.metadata.name);
}
