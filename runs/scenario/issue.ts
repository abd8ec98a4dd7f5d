/**
 * What the schema finds wrong, as one line with its place: what stands there, and what is wanted.
 */
import type { z } from 'zod';
import { InputError, type Where } from '../input-error.ts';
import { formatPath, type Locator, type Path } from '../manifest/locator.ts';
import { WANTED } from './schema/field.ts';
import { knownKeys } from './schema-node.ts';
import { didYouMean } from './suggestion.ts';

type Issue = z.core.$ZodIssue;

interface Finding {
  readonly where: Where;
  readonly text: string;
  /** Unknown keys come first: what they were meant to be is then missing too. */
  readonly urgency: number;
}

/** The input error for a refused document: its first finding in reading order. */
export function schemaError(
  issues: readonly Issue[],
  value: unknown,
  locator: Locator,
  jsonSchema: Record<string, unknown>,
): InputError {
  const findings = issues.flatMap((issue) => findingsOf(issue, [], value, locator, jsonSchema));
  const [first] = findings.sort(
    (a, b) =>
      b.urgency - a.urgency ||
      (a.where.line ?? 0) - (b.where.line ?? 0) ||
      (a.where.column ?? 0) - (b.where.column ?? 0),
  );
  return new InputError(first!.where, first!.text);
}

function findingsOf(
  issue: Issue,
  base: Path,
  value: unknown,
  locator: Locator,
  jsonSchema: Record<string, unknown>,
): Finding[] {
  const path = [...base, ...(issue.path as Path)];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      where: locator.key([...path, key]),
      text: `Unknown key "${key}"${path.length === 0 ? '' : ` in ${formatPath(path)}`}${didYouMean(key, knownKeys(jsonSchema, path))}`,
      urgency: 1,
    }));
  }
  const current = at(value, path);
  if (issue.code === 'invalid_union') {
    // The branch that the value has the shape of is the one that goes wrong deeper down.
    const fitting = issue.errors.filter(
      (errors) => !errors.some((error) => error.path.length === 0 && error.code === 'invalid_type'),
    );
    const [chosen] = fitting;
    if (chosen !== undefined) return chosen.flatMap((error) => findingsOf(error, path, value, locator, jsonSchema));
    const wanted = [...new Set(issue.errors.map((errors) => wantedOf(errors[0]!, current)))].join(' or ');
    return [{ where: locator.value(path), text: statement(path, current, wanted), urgency: 0 }];
  }
  return [{ where: locator.value(path), text: statement(path, current, wantedOf(issue, current)), urgency: 0 }];
}

function statement(path: Path, current: unknown, wanted: string): string {
  const name = path.length === 0 ? 'This' : formatPath(path);
  return current === undefined
    ? `${name} is missing: wanted is ${wanted}`
    : `${name} is ${shown(current)}: wanted is ${wanted}`;
}

/** What the issue asks for, in words. */
function wantedOf(issue: Issue, current: unknown): string {
  if (issue.message.startsWith(WANTED)) return issue.message.slice(WANTED.length);
  switch (issue.code) {
    case 'invalid_type':
      return TYPE_NAMES[issue.expected] ?? issue.expected;
    case 'invalid_value': {
      const values = issue.values.map(String);
      const list = values.length === 1 ? `"${values[0]}"` : `one of ${values.join(', ')}`;
      return list + (typeof current === 'string' ? didYouMean(current, values) : '');
    }
    case 'too_small':
      return `at least ${issue.minimum}${UNIT_NAMES[issue.origin] ?? ''}`;
    case 'too_big':
      return `at most ${issue.maximum}${UNIT_NAMES[issue.origin] ?? ''}`;
    case 'invalid_key':
      return issue.issues[0]?.message.replace(WANTED, '') ?? 'another key';
    default:
      return issue.message;
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
  tuple: 'a list',
};

const UNIT_NAMES: Readonly<Record<string, string>> = { array: ' entries', string: ' characters' };

/** A value as a person wrote it, cut to a readable length. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function at(value: unknown, path: Path): unknown {
  let found = value;
  for (const step of path) found = (found as Record<string | number, unknown> | null | undefined)?.[step];
  return found;
}
