/**
 * `--sort-by`: objects in the order of a field. Numbers stand by their value, texts in their natural order, in which the
 * digits of a text are numbers too; what lacks the field comes first.
 * @see kubernetes staging/src/k8s.io/kubectl/pkg/cmd/get/sorter.go
 */
import { findJsonPath } from './json-path.ts';
import { misuse } from './kubectl-error.ts';

/** `name`, `.name`, `{name}`, `{.name}`. */
const PATH = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/;

/** @throws {KubectlError} where no object has the field, or it can't be sorted by */
export function sortedBy<T>(objects: readonly T[], path: string): readonly T[] {
  const match = PATH.exec(path);
  if (match === null)
    throw misuse(
      `unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'`,
    );
  const field = `{.${match[1] ?? match[2]}}`;
  const keyed = objects.map((object) => ({ object, key: findJsonPath(field, object)[0] }));
  if (objects.length > 0 && keyed.every(({ key }) => key === undefined))
    throw misuse(`couldn't find any field with path "${field}" in the list of objects`);
  return keyed.sort((a, b) => compare(a.key, b.key, field)).map(({ object }) => object);
}

function compare(a: unknown, b: unknown, field: string): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return naturalOrder(a, b);
  throw misuse(`Field ${field} is an unsortable type: ${typeof a}`);
}

/** `web-2` before `web-10`. */
function naturalOrder(a: string, b: string): number {
  const left = a.match(/\d+|\D/g) ?? [];
  const right = b.match(/\d+|\D/g) ?? [];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const [one, other] = [left[i]!, right[i]!];
    if (one === other) continue;
    const difference = /\d/.test(one) && /\d/.test(other) ? Number(one) - Number(other) : 0;
    return difference !== 0 ? difference : one < other ? -1 : 1;
  }
  return left.length - right.length;
}
