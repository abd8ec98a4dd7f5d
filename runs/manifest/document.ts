/**
 * Reads YAML or JSON into documents, each a plain object that knows where its parts were written. JSON goes the fast
 * way, since dumps of real clusters are large; its positions are looked up only when somebody asks.
 */
import {
  type Document,
  isScalar,
  LineCounter,
  parseAllDocuments,
  parseDocument,
  visit,
  type YAMLParseError,
} from 'yaml';
import { InputError, type Where } from '../input-error.ts';
import { refuseBulk } from './bulk.ts';
import { documentLocator, type Locator, type Path, partLocator } from './locator.ts';
import type { SourceFile } from './source.ts';

export type PlainObject = { [key: string]: unknown };

export interface ManifestDocument {
  readonly value: PlainObject;
  readonly locator: Locator;
  /** Where the document, or the item of a list, starts. */
  readonly where: Where;
  /** Keys that stand twice in one map; the last of them counts. Absent: none, or nobody knows. */
  readonly doubleKeys?: readonly DoubleKey[];
}

export interface DoubleKey {
  readonly key: string;
  readonly where: Where;
}

/** How often one document may expand aliases: enough for any manifest, too little for a bomb. */
const ALIAS_LIMIT = 200;

/** The package's own check for keys that stand twice compares each with each: `doubleKeys` does it instead. */
const OPTIONS = { merge: true, prettyErrors: false, uniqueKeys: false, logLevel: 'silent' } as const;

/**
 * Reads a source's documents in order; the items of a `List` of any kind count as documents of their own.
 * @throws {InputError} where the text is no YAML or JSON, or a document is no object
 */
export function parseManifest(source: SourceFile): ManifestDocument[] {
  return (parseJson(source) ?? parseYaml(source)).flatMap(expandList);
}

function parseJson(source: SourceFile): ManifestDocument[] | undefined {
  if (!/^\s*\{/.test(source.text)) return undefined;
  let value: PlainObject;
  try {
    value = JSON.parse(source.text) as PlainObject;
  } catch {
    return undefined;
  }
  let found: Locator | undefined;
  const locator = (): Locator => {
    if (found === undefined) {
      const lines = new LineCounter();
      found = documentLocator(source.name, parseDocument(source.text, { ...OPTIONS, lineCounter: lines }), lines);
    }
    return found;
  };
  const lazy: Locator = { value: (path) => locator().value(path), key: (path) => locator().key(path) };
  return [{ value, locator: lazy, where: { file: source.name, line: 1, column: 1 } }];
}

function parseYaml(source: SourceFile): ManifestDocument[] {
  const file = source.name;
  refuseBulk(source);
  const lines = new LineCounter();
  const documents = deepSafe(file, () => parseAllDocuments(source.text, { ...OPTIONS, lineCounter: lines }));
  if (!Array.isArray(documents)) return [];
  return (documents as Document.Parsed[]).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw syntaxError(source, error, lines);
    const locator = documentLocator(file, document, lines);
    const where = locator.value([]);
    const value: unknown = deepSafe(file, () => plain(document, where));
    if (value === null || value === undefined) return [];
    if (typeof value !== 'object' || Array.isArray(value)) {
      const found = Array.isArray(value) ? 'a list' : 'plain text';
      throw new InputError(where, `An object with apiVersion and kind is wanted here, not ${found}`);
    }
    const doubles = doubleKeys(file, document, lines);
    return [{ value: value as PlainObject, locator, where, ...(doubles.length === 0 ? {} : { doubleKeys: doubles }) }];
  });
}

function plain(document: Document.Parsed, where: Where): unknown {
  try {
    return document.toJS({ maxAliasCount: ALIAS_LIMIT });
  } catch (error) {
    if (error instanceof ReferenceError) {
      const bomb = /resource exhaustion/i.test(error.message);
      throw new InputError(
        where,
        bomb ? `Aliases expand more than ${ALIAS_LIMIT} times in this document: refused` : error.message,
      );
    }
    throw error;
  }
}

/** Nesting without end overflows the parser's stack: that is bad input too. */
function deepSafe<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) throw new InputError({ file }, 'The file is nested too deeply');
    throw error;
  }
}

function doubleKeys(file: string, document: Document.Parsed, lines: LineCounter): DoubleKey[] {
  const found: DoubleKey[] = [];
  visit(document, {
    Map(_, map) {
      const known = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key) || key.value === '<<') continue;
        const name = String(key.value);
        if (known.has(name)) {
          const { line, col } = lines.linePos(key.range?.[0] ?? 0);
          found.push({ key: name, where: { file, line, column: col } });
        }
        known.add(name);
      }
    },
  });
  return found;
}

function syntaxError(source: SourceFile, error: YAMLParseError, lines: LineCounter): InputError {
  const { line, col } = lines.linePos(error.pos[0]);
  const where = { file: source.name, line, column: col };
  if (error.code === 'TAB_AS_INDENT') return new InputError(where, 'A tab cannot indent YAML: use spaces');
  return new InputError(where, `Not valid YAML: ${shortened(error.message)}`);
}

function shortened(text: string): string {
  const line = text.split('\n')[0]!;
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}

function expandList(document: ManifestDocument): ManifestDocument[] {
  const { kind, apiVersion, items } = document.value;
  const { doubleKeys: doubles } = document;
  if (typeof kind !== 'string' || !kind.endsWith('List') || items === undefined || items === null) return [document];
  if (!Array.isArray(items)) throw new InputError(document.locator.value(['items']), 'items: a list is wanted here');
  const itemKind = kind.slice(0, -'List'.length);
  return items.flatMap((item: unknown, index) => {
    const path: Path = ['items', index];
    if (typeof item !== 'object' || item === null || Array.isArray(item)) {
      throw new InputError(document.locator.value(path), 'An object with apiVersion and kind is wanted here');
    }
    // The items of a typed list (`ServiceList`) leave out what the list says already.
    const value = itemKind === '' ? (item as PlainObject) : { apiVersion, kind: itemKind, ...item };
    // Nothing is looked up before somebody asks: a JSON dump has a hundred thousand items.
    const locator = partLocator(document.locator, path);
    return expandList({
      value,
      locator,
      ...(doubles === undefined || index > 0 ? {} : { doubleKeys: doubles }),
      get where() {
        return locator.value([]);
      },
    });
  });
}
