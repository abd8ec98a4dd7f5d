/**
 * JSONPath templates: `{.items[*].metadata.name}`, `{range .items[*]}{.metadata.name}{"\n"}{end}`.
 * @see https://kubernetes.io/docs/reference/kubectl/jsonpath/
 */
import { sorted } from './json-text.ts';
import { misuse } from './kubectl-error.ts';

type Step =
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'all' }
  | { readonly type: 'deep'; readonly name: string }
  | { readonly type: 'slice'; readonly from: number | undefined; readonly to: number | undefined }
  | { readonly type: 'filter'; readonly path: readonly Step[]; readonly operator: string; readonly value: unknown };

type Part =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'path'; readonly steps: readonly Step[] }
  | { readonly type: 'range'; readonly steps: readonly Step[]; readonly body: readonly Part[] };

/** @throws {KubectlError} for a template that can't be read */
export function evaluateJsonPath(template: string, root: unknown): string {
  return print(parseTemplate(/[{}]/.test(template) ? template : `{${template}}`), root, root);
}

/** What a single path leads to, such as `{.status.podIP}`. @throws {KubectlError} for one that can't be read */
export function findJsonPath(path: string, root: unknown): readonly unknown[] {
  return walk(parsePath(path.replace(/^\{|\}$/g, '')), root, root);
}

function print(parts: readonly Part[], root: unknown, current: unknown): string {
  return parts
    .map((part) => {
      if (part.type === 'text') return part.text;
      const found = walk(part.steps, root, current);
      if (part.type === 'path') return found.map(valueText).join(' ');
      return found.map((item) => print(part.body, root, item)).join('');
    })
    .join('');
}

function valueText(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(sorted(value)) : String(value ?? '');
}

function parseTemplate(template: string): readonly Part[] {
  const stack: { steps: readonly Step[]; body: Part[] }[] = [{ steps: [], body: [] }];
  for (const match of template.matchAll(/\{((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^{}"'])*)\}|([^{}]+)|([{}])/g)) {
    const [, inside, text, stray] = match;
    if (stray !== undefined) throw misuse(`error parsing jsonpath ${template}, unclosed action`);
    const body = stack.at(-1)!.body;
    if (text !== undefined) body.push({ type: 'text', text });
    else if (/^\s*end\s*$/.test(inside!)) {
      const { steps, body: parts } = stack.pop()!;
      if (stack.length === 0) throw misuse(`error parsing jsonpath ${template}, not in range`);
      stack.at(-1)!.body.push({ type: 'range', steps, body: parts });
    } else if (/^\s*range\s/.test(inside!))
      stack.push({ steps: parsePath(inside!.replace(/^\s*range/, '')), body: [] });
    else body.push(parseAction(inside!.trim()));
  }
  if (stack.length !== 1) throw misuse(`error parsing jsonpath ${template}, unclosed range`);
  return stack[0]!.body;
}

function parseAction(text: string): Part {
  if (/^["']/.test(text)) return { type: 'text', text: unquote(text) };
  return { type: 'path', steps: parsePath(text) };
}

function unquote(text: string): string {
  const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
  return text.slice(1, -1).replace(/\\(.)/g, (_, char: string) => escapes[char] ?? char);
}

const STEP =
  /^(?:\.\.([\w-]+)|\.(\*)|\.((?:[\w$/-]|\\.)+)|\[(\*)\]|\[(-?\d+)\]|\[(-?\d*):(-?\d*)\]|\['([^']*)'\]|\[\?\(\s*@(.*?)\s*(?:(==|!=|<=|>=|<|>)\s*(.*?))?\s*\)\]|[$@.])/;

function parsePath(source: string): readonly Step[] {
  const steps: Step[] = [];
  let rest = source.trim();
  if (/^[\w-]/.test(rest)) rest = `.${rest}`;
  while (rest !== '') {
    const match = STEP.exec(rest);
    if (match === null) throw misuse(`error parsing jsonpath {${source.trim()}}, unrecognized character in action`);
    const [whole, deep, star, field, all, index, from, to, quoted, filterPath, operator = '', value = ''] = match;
    rest = rest.slice(whole.length);
    const name = (field ?? quoted)?.replace(/\\(.)/g, '$1');
    if (deep !== undefined) steps.push({ type: 'deep', name: deep });
    else if (star !== undefined || all !== undefined) steps.push({ type: 'all' });
    else if (name !== undefined) steps.push({ type: 'field', name });
    else if (index !== undefined)
      steps.push({ type: 'slice', from: Number(index), to: Number(index) === -1 ? undefined : Number(index) + 1 });
    else if (from !== undefined) steps.push({ type: 'slice', from: numberOf(from), to: numberOf(to ?? '') });
    else if (filterPath !== undefined)
      steps.push({ type: 'filter', path: parsePath(filterPath), operator, value: literalOf(value) });
  }
  return steps;
}

function numberOf(text: string): number | undefined {
  return text === '' ? undefined : Number(text);
}

function literalOf(text: string): unknown {
  if (/^["']/.test(text)) return unquote(text);
  if (text === 'true' || text === 'false') return text === 'true';
  return Number.isNaN(Number(text)) ? text : Number(text);
}

function walk(steps: readonly Step[], root: unknown, current: unknown): readonly unknown[] {
  let found: readonly unknown[] = [current ?? root];
  for (const step of steps) found = found.flatMap((value) => next(step, value));
  return found;
}

function next(step: Step, value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const children = Array.isArray(value) ? (value as readonly unknown[]) : Object.values(value);
  switch (step.type) {
    case 'all':
      return children;
    case 'field': {
      const child = (value as Readonly<Record<string, unknown>>)[step.name];
      return child === undefined || Array.isArray(value) ? [] : [child];
    }
    case 'deep':
      return [...next({ type: 'field', name: step.name }, value), ...children.flatMap((child) => next(step, child))];
    case 'slice':
      return children.slice(step.from, step.to);
    case 'filter':
      return children.filter((child) => holds(step, child));
  }
}

function holds({ path, operator, value }: Extract<Step, { type: 'filter' }>, child: unknown): boolean {
  const [found] = walk(path, child, child);
  if (operator === '') return found !== undefined;
  if (found === undefined) return false;
  const left = found as number;
  const right = value as number;
  switch (operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    default:
      return left >= right;
  }
}
