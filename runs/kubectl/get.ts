/**
 * `kubectl get`.
 */
import type { KubeObject } from '../../controllers/object/kind.ts';
import type { ClusterView } from './cluster-view.ts';
import { getEvents, isEvents } from './event-table.ts';
import { matchingFields } from './field-selector.ts';
import { KubectlError, misuse } from './kubectl-error.ts';
import { type KubectlResult, printed } from './kubectl-result.ts';
import { parseLabelQuery } from './label-query.ts';
import { formatLabels } from './label-text.ts';
import { type Arguments, type OptionSpec, parseArguments } from './options.ts';
import { formatObjects, isTable } from './output.ts';
import { resourcePath } from './resource.ts';
import { isSingle, type Selected, type Selection, select } from './selection.ts';
import { sortedBy } from './sort-by.ts';
import { TABLE_LAYOUT, tabbed } from './tab-writer.ts';
import { tableOf } from './table/table.ts';

export const GET_OPTIONS: OptionSpec = {
  'all-namespaces': { kind: 'flag', short: 'A' },
  output: { kind: 'text', short: 'o' },
  selector: { kind: 'text', short: 'l' },
  'field-selector': { kind: 'text' },
  'no-headers': { kind: 'flag' },
  'show-labels': { kind: 'flag' },
  'show-kind': { kind: 'flag' },
  'label-columns': { kind: 'list', short: 'L' },
  'sort-by': { kind: 'text' },
  'ignore-not-found': { kind: 'flag' },
};

const NO_TYPE = `You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.

error: Required resource not specified.
Use "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).
See 'kubectl get -h' for help and examples`;

/** From this release on servers warn of Endpoints. @see KEP-4974 */
const ENDPOINTS_WARNING_MINOR = 33;
const ENDPOINTS_WARNING = 'Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice\n';

/** @throws {KubectlError} */
export function get(cluster: ClusterView, argv: readonly string[]): KubectlResult {
  const options = parseArguments(argv, GET_OPTIONS, 'get');
  if (options.words.length === 0) throw new KubectlError(NO_TYPE);
  if (isEvents(options.words[0]!)) return getEvents(cluster, options);
  const everywhere = options.flag('all-namespaces');
  const namespace = options.text('namespace') ?? 'default';
  const query = options.text('selector');
  const fields = options.text('field-selector');
  if (fields !== undefined && isByName(options)) throw misuse('name cannot be provided when a selector is specified');
  const selected = select(cluster.view, options.words, {
    namespace: everywhere ? undefined : namespace,
    ...(query === undefined ? {} : { selector: parseLabelQuery(query) }),
  });
  const parts = selected.parts.map((part) => ordered(narrowed(part, fields, query ?? ''), options.text('sort-by')));
  const selection: Selection = { ...selected, parts };
  const output = options.text('output');
  const found = selection.parts.flatMap(({ objects }) => objects);
  const errors = options.flag('ignore-not-found') ? [] : selection.errors;
  let stdout = '';
  let stderr = warningOf(cluster, selection);
  if (!isTable(output)) {
    if (found.length > 0 || !isByName(options))
      stdout = formatObjects(found, output as string, isSingle(selection), !options.flag('no-headers'));
  } else if (found.length > 0) stdout = tables(cluster, selection, options, everywhere);
  else if (!isByName(options)) {
    const scoped = !everywhere && selection.parts.some(({ info }) => info.namespaced);
    stderr += scoped ? `No resources found in ${namespace} namespace.\n` : 'No resources found\n';
  }
  stderr += errors.map(({ text }) => `${text}\n`).join('');
  return printed(stdout, stderr, errors.length > 0 ? 1 : 0);
}

function narrowed(part: Selected, fields: string | undefined, labels: string): Selected {
  if (fields === undefined) return part;
  return { ...part, objects: matchingFields(part.info, part.objects, fields, labels) };
}

function ordered(part: Selected, path: string | undefined): Selected {
  return path === undefined ? part : { ...part, objects: sortedBy(part.objects, path) };
}

function isByName({ words }: Arguments): boolean {
  return words.length > 1 || words[0]!.includes('/');
}

function warningOf({ config }: ClusterView, { parts }: Selection): string {
  const asks = parts.some(({ info }) => info.kind === 'Endpoints');
  return asks && config.minor >= ENDPOINTS_WARNING_MINOR ? ENDPOINTS_WARNING : '';
}

/** One table for each run of objects of one kind, with an empty line between them. */
function tables(cluster: ClusterView, { parts }: Selection, options: Arguments, everywhere: boolean): string {
  const groups: Selected[] = [];
  for (const part of parts) {
    const last = groups.at(-1);
    if (last?.info === part.info) groups[groups.length - 1] = { ...last, objects: [...last.objects, ...part.objects] };
    else groups.push(part);
  }
  const withKind = options.flag('show-kind') || groups.length > 1 || options.words[0]!.split(',').includes('all');
  const texts = groups
    .filter(({ objects }) => objects.length > 0)
    .map((group) => table(cluster, group, options, everywhere, withKind));
  return texts.join(options.flag('no-headers') ? '' : '\n');
}

function table(
  { config, nowSeconds }: ClusterView,
  { info, objects }: Selected,
  options: Arguments,
  everywhere: boolean,
  withKind: boolean,
): string {
  const { columns: all, wideColumns, unknownTo, row } = tableOf(info.kind);
  const wide = options.text('output') === 'wide';
  const unknown = unknownTo?.(config.minor) ?? [];
  const columns = all.filter((column) => !unknown.includes(column));
  const labels = options.list('label-columns');
  const withNamespace = everywhere && info.namespaced;
  const width = columns.length + (wide ? wideColumns.length : 0);
  const cells = (object: KubeObject): string[] => {
    const [name = '', ...others] = row(object, { nowSeconds, minor: config.minor, wide })
      .filter((_, i) => !unknown.includes(all[i] ?? ''))
      .slice(0, width);
    return [
      ...(withNamespace ? [object.metadata.namespace ?? ''] : []),
      withKind ? resourcePath(info, name) : name,
      ...others,
      ...labels.map((label) => object.metadata.labels?.[label] ?? ''),
      ...(options.flag('show-labels') ? [formatLabels(object.metadata.labels)] : []),
    ];
  };
  const header = [
    ...(withNamespace ? ['NAMESPACE'] : []),
    ...columns,
    ...(wide ? wideColumns : []),
    ...labels.map((label) => label.slice(label.lastIndexOf('/') + 1).toUpperCase()),
    ...(options.flag('show-labels') ? ['LABELS'] : []),
  ];
  const rows = objects.map(cells);
  const lines = options.flag('no-headers') ? rows : [header, ...rows];
  return tabbed(lines.map((line) => `${line.join('\t')}\n`).join(''), TABLE_LAYOUT);
}
