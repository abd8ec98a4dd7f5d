/**
 * The text under way of a `kubectl describe`: lines whose columns are tabs until the end, and the blocks that many kinds
 * share.
 * @see kubernetes staging/src/k8s.io/kubectl/pkg/describe/describe.go
 */
import { controllerOf, type ObjectMeta, type StringMap } from '../../../controllers/object/metadata.ts';
import { parseTimestamp } from '../../../controllers/timestamp.ts';
import { httpDate } from '../../../net/http.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** Characters of an annotation that are shown on one line. */
const ANNOTATION_WIDTH = 140;

export class Description {
  #text = '';

  get text(): string {
    return this.#text;
  }

  /** @param level steps of two blanks */
  line(level: number, ...cells: readonly (string | number | boolean)[]): void {
    this.#text += `${'  '.repeat(level)}${cells.join('\t')}\n`;
  }

  /** Name and namespace, with which most kinds begin. */
  heading({ name, namespace = '' }: ObjectMeta): void {
    this.line(0, 'Name:', name);
    this.line(0, 'Namespace:', namespace);
  }

  /** Who keeps the object, where somebody does. */
  controlledBy(metadata: ObjectMeta): void {
    const owner = controllerOf(metadata);
    if (owner !== undefined) this.line(0, 'Controlled By:', `${owner.kind}/${owner.name}`);
  }

  /** `Labels:`, one pair a line. @param title with the blanks in front of it */
  labels(title: string, labels: StringMap | undefined): void {
    this.#list(
      title,
      Object.keys(labels ?? {})
        .sort()
        .map((key) => `${key}=${labels![key]}`),
    );
  }

  annotations(title: string, annotations: StringMap | undefined): void {
    const keys = Object.keys(annotations ?? {})
      .filter((key) => key !== LAST_APPLIED)
      .sort();
    const lines = keys.flatMap((key) => {
      const value = annotations![key]!.replace(/\n$/, '');
      if (value.length + key.length + 2 <= ANNOTATION_WIDTH && !value.includes('\n')) return [`${key}: ${value}`];
      return [`${key}:`, ...value.split('\n').map((line) => `  ${shortened(line, ANNOTATION_WIDTH - 2)}`)];
    });
    this.#list(title, lines);
  }

  /** `Title:`, the first item beside it and the others below. */
  items(title: string, items: readonly string[]): void {
    this.#list(title, items);
  }

  #list(title: string, lines: readonly string[]): void {
    if (lines.length === 0) this.line(0, `${title}:`, '<none>');
    for (const [i, line] of lines.entries()) this.line(0, i === 0 ? `${title}:` : '', line);
  }
}

function shortened(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width)}...` : text;
}

/** `Mon, 23 Nov 2026 03:00:00 +0000`; an absent instant is Go's zero time. */
export function longTime(timestamp: string | undefined): string {
  const seconds = parseTimestamp(timestamp ?? '');
  return seconds === undefined ? 'Mon, 01 Jan 0001 00:00:00 +0000' : httpDate(seconds).replace('GMT', '+0000');
}
