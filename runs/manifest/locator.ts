/**
 * From a path inside a document (`['spec', 'nodes', 0, 'ip']`) to the line and column where it was written.
 */
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type LineCounter, type Node } from 'yaml';
import type { Where } from '../input-error.ts';

/** Keys and list indices from a document's root. */
export type Path = readonly (string | number)[];

export interface Locator {
  /** Where the value at `path` starts; for one that isn't there, its nearest parent. */
  value(path: Path): Where;
  /** Where the key that `path` ends in was written. */
  key(path: Path): Where;
}

export function documentLocator(file: string, document: Document.Parsed, lines: LineCounter): Locator {
  const find = (path: Path, wantKey: boolean): Where => {
    let node: unknown = document.contents;
    let offset = offsetOf(node) ?? document.range[0];
    for (const [depth, step] of path.entries()) {
      if (isAlias(node)) node = node.resolve(document);
      let next: unknown;
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => (isScalar(key) ? String(key.value) : undefined) === String(step));
        if (pair === undefined) break;
        next = pair.value;
        const last = depth === path.length - 1;
        offset = (last && wantKey ? undefined : offsetOf(next)) ?? offsetOf(pair.key) ?? offset;
      } else if (isSeq(node)) {
        next = node.items[Number(step)];
        offset = offsetOf(next) ?? offset;
      } else break;
      node = next;
    }
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  return { value: (path) => find(path, false), key: (path) => find(path, true) };
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? ((node as Node).range?.[0] ?? undefined) : undefined;
}

/** The same document seen from one of its parts: an item of a `List`. */
export function partLocator(locator: Locator, prefix: Path): Locator {
  return {
    value: (path) => locator.value([...prefix, ...path]),
    key: (path) => locator.key([...prefix, ...path]),
  };
}

/** `spec.nodes[0].ip`, as kubectl writes a field's path. Keys that aren't plain words stand in brackets. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\w-]+$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}
