/**
 * `kubectl get events` and `kubectl events`: what components noted, as Event objects.
 * @see kubernetes pkg/printers/internalversion/printers.go printEvent, staging/src/k8s.io/kubectl/pkg/cmd/events
 */
import type { KeptNote } from '../../controllers/note.ts';
import { timestampAt } from '../../controllers/timestamp.ts';
import type { ClusterView } from './cluster-view.ts';
import { humanDuration } from './duration.ts';
import { KubectlError } from './kubectl-error.ts';
import { type KubectlResult, printed } from './kubectl-result.ts';
import { type Arguments, type OptionSpec, parseArguments } from './options.ts';
import { formatObjects, isTable } from './output.ts';
import { reporterOf } from './reporter.ts';
import { resourceNamed } from './resource.ts';
import { sortedBy } from './sort-by.ts';
import { TABLE_LAYOUT, tabbed } from './tab-writer.ts';

/** Names of the type. */
const NAMES: ReadonlySet<string> = new Set(['events', 'event', 'ev', 'events.events.k8s.io']);

const OPTIONS: OptionSpec = {
  'all-namespaces': { kind: 'flag', short: 'A' },
  for: { kind: 'text' },
  types: { kind: 'list' },
  output: { kind: 'text', short: 'o' },
  'no-headers': { kind: 'flag' },
};

export function isEvents(word: string): boolean {
  return NAMES.has(word.toLowerCase());
}

/** `kubectl get events`: in the order of their names, or as `--sort-by` has it. @throws {KubectlError} */
export function getEvents(cluster: ClusterView, options: Arguments): KubectlResult {
  const query = options.text('field-selector');
  const chosen = inScope(cluster, options).filter((note) => query === undefined || matchesFields(note, query));
  const notes = sorted(cluster, chosen, options.text('sort-by'));
  const output = options.text('output');
  if (!isTable(output))
    return printed(
      formatObjects(
        notes.map((note) => manifest(cluster, note)),
        output!,
        false,
      ),
    );
  if (notes.length === 0) return none(options);
  const wide = output === 'wide';
  const header = ['LAST SEEN', 'TYPE', 'REASON', 'OBJECT'];
  const rows = notes.map((note) => [
    ...(options.flag('all-namespaces') ? [namespaceOf(note)] : []),
    ago(cluster, note.lastAt),
    note.type,
    note.reason,
    objectOf(note),
    ...(wide ? ['', reporterOf(note), note.message.trim(), ago(cluster, note.firstAt), String(note.count)] : []),
    wide ? nameOf(cluster, note) : note.message.trim(),
  ]);
  const columns = [
    ...(options.flag('all-namespaces') ? ['NAMESPACE'] : []),
    ...header,
    ...(wide ? ['SUBOBJECT', 'SOURCE', 'MESSAGE', 'FIRST SEEN', 'COUNT', 'NAME'] : ['MESSAGE']),
  ];
  return table(columns, rows, options);
}

/** `kubectl events`: the oldest first. @throws {KubectlError} */
export function events(cluster: ClusterView, argv: readonly string[]): KubectlResult {
  const options = parseArguments(argv, OPTIONS, 'events');
  const about = options.text('for');
  const types = options.list('types');
  const notes = inScope(cluster, options)
    .filter((note) => about === undefined || isAbout(note, about))
    .filter(({ type }) => types.length === 0 || types.includes(type))
    .sort((a, b) => a.lastAt - b.lastAt);
  const output = options.text('output');
  if (!isTable(output))
    return printed(
      formatObjects(
        notes.map((note) => manifest(cluster, note)),
        output!,
        false,
      ),
    );
  if (notes.length === 0) return printed(emptyText(options, 'No events found'));
  const rows = notes.map((note) => [
    ...(options.flag('all-namespaces') ? [namespaceOf(note)] : []),
    note.count > 1
      ? `${ago(cluster, note.lastAt)} (x${note.count} over ${ago(cluster, note.firstAt)})`
      : ago(cluster, note.lastAt),
    note.type,
    note.reason,
    objectOf(note),
    note.message.trim(),
  ]);
  const columns = ['LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'];
  return table(options.flag('all-namespaces') ? ['NAMESPACE', ...columns] : columns, rows, options);
}

function emptyText(options: Arguments, text: string): string {
  return options.flag('all-namespaces')
    ? `${text}.\n`
    : `${text} in ${options.text('namespace') ?? 'default'} namespace.\n`;
}

function none(options: Arguments): KubectlResult {
  const everywhere = options.flag('all-namespaces');
  return printed('', everywhere ? 'No resources found\n' : emptyText(options, 'No resources found'));
}

function table(columns: readonly string[], rows: readonly string[][], options: Arguments): KubectlResult {
  const lines = options.flag('no-headers') ? rows : [columns, ...rows];
  return printed(tabbed(lines.map((line) => `${line.join('\t')}\n`).join(''), TABLE_LAYOUT));
}

function inScope({ notes }: ClusterView, options: Arguments): KeptNote[] {
  const namespace = options.text('namespace') ?? 'default';
  return notes.list().filter((note) => options.flag('all-namespaces') || namespaceOf(note) === namespace);
}

/** Events about what has no namespace are kept in `default`. */
function namespaceOf({ namespace }: KeptNote): string {
  return namespace === '' ? 'default' : namespace;
}

function objectOf({ kind, name }: KeptNote): string {
  return `${kind.toLowerCase()}/${name}`;
}

function isAbout(note: KeptNote, word: string): boolean {
  const [type = '', name] = word.split('/');
  return resourceNamed(type)?.kind === note.kind && (name === undefined || name === note.name);
}

function ago({ config, nowSeconds }: ClusterView, atNs: number): string {
  return humanDuration(nowSeconds - Math.floor(config.startSeconds + atNs / 1e9));
}

/** `web-1.17a6c1f8a1b2c3d4`: the object's name, and the instant of the first one in ns since 1970. */
function nameOf({ config }: ClusterView, { name, firstAt }: KeptNote): string {
  return `${name}.${(BigInt(config.startSeconds) * 1_000_000_000n + BigInt(Math.round(firstAt))).toString(16)}`;
}

/** @throws {KubectlError} */
function matchesFields(note: KeptNote, query: string): boolean {
  const fields: Readonly<Record<string, string>> = {
    'involvedObject.kind': note.kind,
    'involvedObject.name': note.name,
    'involvedObject.namespace': note.namespace,
    'involvedObject.uid': note.uid ?? '',
    'metadata.namespace': namespaceOf(note),
    reason: note.reason,
    type: note.type,
    source: reporterOf(note),
  };
  return query.split(',').every((part) => {
    const [, field = '', operator, value] = /^([^!=]+)(!=|==?)(.*)$/.exec(part) ?? [];
    const known = fields[field];
    if (known === undefined) {
      const what = `"/v1, Resource=events" that match label selector "", field selector "${query}"`;
      throw new KubectlError(
        `Error from server (BadRequest): Unable to find ${what}: field label not supported: ${field}`,
      );
    }
    return (known === value) === (operator !== '!=');
  });
}

function sorted(cluster: ClusterView, notes: readonly KeptNote[], path: string | undefined): readonly KeptNote[] {
  const field = path?.replace(/[{}]/g, '').split('.').at(-1);
  const byTime = (of: (note: KeptNote) => number) => (a: KeptNote, b: KeptNote) => of(a) - of(b);
  if (field === 'lastTimestamp') return [...notes].sort(byTime(({ lastAt }) => lastAt));
  if (field === 'firstTimestamp' || field === 'creationTimestamp')
    return [...notes].sort(byTime(({ firstAt }) => firstAt));
  if (path !== undefined) {
    const shown = notes.map((note) => ({ note, ...manifest(cluster, note) }));
    return sortedBy(shown, path).map(({ note }) => note);
  }
  const names = new Map(notes.map((note) => [note, `${namespaceOf(note)}/${nameOf(cluster, note)}`]));
  return [...notes].sort((a, b) => (names.get(a)! < names.get(b)! ? -1 : 1));
}

function manifest(cluster: ClusterView, note: KeptNote) {
  const { startSeconds } = cluster.config;
  const firstTimestamp = timestampAt(startSeconds, note.firstAt);
  const { kind, name, uid } = note;
  return {
    apiVersion: 'v1',
    count: note.count,
    eventTime: null,
    firstTimestamp,
    involvedObject: {
      apiVersion: 'v1',
      kind,
      name,
      namespace: namespaceOf(note),
      ...(uid === undefined ? {} : { uid }),
    },
    kind: 'Event',
    lastTimestamp: timestampAt(startSeconds, note.lastAt),
    message: note.message,
    metadata: { creationTimestamp: firstTimestamp, name: nameOf(cluster, note), namespace: namespaceOf(note) },
    reason: note.reason,
    reportingComponent: reporterOf(note),
    reportingInstance: '',
    source: { component: reporterOf(note) },
    type: note.type,
  };
}
