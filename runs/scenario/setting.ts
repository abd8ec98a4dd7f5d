/**
 * `--set path=value`: one value of a scenario, changed on the command line.
 */
import { parse } from 'yaml';
import { InputError, type Where } from '../input-error.ts';
import type { PlainObject } from '../manifest/document.ts';
import type { Locator, Path } from '../manifest/locator.ts';

export interface Setting {
  /** As given. */
  readonly text: string;
  readonly path: Path;
  readonly value: unknown;
}

const ROOTS = ['spec', 'metadata', 'apiVersion', 'kind'];

/**
 * Reads `kubernetes.proxyMode=ipvs` or `spec.traffic[0].requests=5`; a path that doesn't start at the document's root
 * starts at `spec`. The value is YAML, but where only text may stand it needs no quotes: `kubernetes.version=1.30`.
 * @param isTextAt whether only text may stand at a path
 * @throws {InputError} when there is no path or no value
 */
export function parseSetting(text: string, isTextAt: (path: Path) => boolean = () => false): Setting {
  const where: Where = { file: `--set ${text}` };
  const equals = text.indexOf('=');
  if (equals <= 0) throw new InputError(where, 'wanted is path=value, such as kubernetes.proxyMode=nftables');
  const steps = [...text.slice(0, equals).matchAll(/\[(\d+)\]|\["([^"]+)"\]|([^.[\]]+)/g)].map(
    ([, index, quoted, word]): string | number => (index === undefined ? (quoted ?? word!) : Number(index)),
  );
  if (steps.length === 0) throw new InputError(where, 'wanted is path=value, such as kubernetes.proxyMode=nftables');
  const path = ROOTS.includes(String(steps[0])) ? steps : ['spec', ...steps];
  const written = text.slice(equals + 1);
  let value: unknown;
  try {
    value = parse(written, { prettyErrors: false, logLevel: 'silent' });
  } catch (error) {
    throw new InputError(where, `the value is not valid YAML: ${(error as Error).message}`);
  }
  const isPlain = typeof value === 'number' || typeof value === 'boolean';
  return { text, path, value: isPlain && isTextAt(path) ? written.trim() : value };
}

/** The document with the settings made, and a locator that names a setting where a value comes from one. */
export function applySettings(
  value: PlainObject,
  locator: Locator,
  settings: readonly Setting[],
): { value: PlainObject; locator: Locator } {
  if (settings.length === 0) return { value, locator };
  const changed = structuredClone(value);
  for (const setting of settings) put(changed, setting);
  const origin = (path: Path): Where | undefined => {
    const setting = settings.findLast(
      ({ path: at }) =>
        at.every((step, i) => i >= path.length || String(step) === String(path[i])) && at.length <= path.length,
    );
    return setting === undefined ? undefined : { file: `--set ${setting.text}` };
  };
  return {
    value: changed,
    locator: { value: (path) => origin(path) ?? locator.value(path), key: (path) => origin(path) ?? locator.key(path) },
  };
}

function put(root: PlainObject, { path, value, text }: Setting): void {
  let parent: Record<string | number, unknown> = root;
  for (const [depth, step] of path.entries()) {
    if (step === '__proto__') throw new InputError({ file: `--set ${text}` }, 'there is no such path');
    if (depth === path.length - 1) {
      parent[step] = value;
      return;
    }
    const next = parent[step];
    if (next === undefined || next === null) parent[step] = typeof path[depth + 1] === 'number' ? [] : {};
    else if (typeof next !== 'object') {
      throw new InputError({ file: `--set ${text}` }, `there is nothing below ${path.slice(0, depth + 1).join('.')}`);
    }
    parent = parent[step] as Record<string | number, unknown>;
  }
}
