/**
 * `-o custom-columns=NAME:.metadata.name,IP:.status.podIP`.
 * @see kubernetes staging/src/k8s.io/kubectl/pkg/cmd/get/customcolumn.go
 */
import { evaluateJsonPath } from './json-path.ts';
import { misuse } from './kubectl-error.ts';
import { TABLE_LAYOUT, tabbed } from './tab-writer.ts';

/** @throws {KubectlError} */
export function customColumns(spec: string, objects: readonly unknown[], withHeader: boolean): string {
  const columns = spec.split(',').map((column) => {
    const at = column.indexOf(':');
    if (at < 1) throw misuse(`unexpected custom-columns spec: ${column}, expected <header>:<json-path-expr>`);
    const path = column.slice(at + 1).replace(/^\{|\}$/g, '');
    return { header: column.slice(0, at), path: `{${path.startsWith('.') ? path : `.${path}`}}` };
  });
  const rows = objects.map((object) =>
    columns.map(({ path }) => evaluateJsonPath(path, object).replaceAll(' ', ',') || '<none>').join('\t'),
  );
  const header = withHeader ? [columns.map((column) => column.header).join('\t')] : [];
  return tabbed([...header, ...rows].map((line) => `${line}\n`).join(''), TABLE_LAYOUT);
}
