/**
 * Errors about one field of an object, in the API server's own words, and the lines that kubectl makes of them.
 * @see kubernetes staging/src/k8s.io/apimachinery/pkg/util/validation/field/errors.go
 */

/** `spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive`. */
export type FieldError = string;

/** Texts are quoted, everything else is JSON, as servers from 1.34 on print it. */
function valueText(value: unknown): string {
  return value === undefined ? 'null' : JSON.stringify(value);
}

export function required(path: string, detail = ''): FieldError {
  return `${path}: Required value${detail === '' ? '' : `: ${detail}`}`;
}

export function invalid(path: string, value: unknown, detail: string): FieldError {
  return `${path}: Invalid value: ${valueText(value)}: ${detail}`;
}

export function duplicate(path: string, value: unknown): FieldError {
  return `${path}: Duplicate value: ${valueText(value)}`;
}

export function forbidden(path: string, detail: string): FieldError {
  return `${path}: Forbidden: ${detail}`;
}

/** @param supported listed in the order of their code units, as upstream sorts its sets */
export function notSupported(path: string, value: unknown, supported: readonly string[]): FieldError {
  const list = [...supported].sort().map(valueText).join(', ');
  return `${path}: Unsupported value: ${valueText(value)}: supported values: ${list}`;
}

/** What kubectl prints for a refused object: one line, or a line and one starred line an error. */
export function formatInvalid(kind: string, name: string, errors: readonly FieldError[]): string {
  const unique = [...new Set(errors)];
  const head = `The ${kind} ${valueText(name)} is invalid: `;
  return unique.length === 1 ? `${head}${unique[0]}` : [head, ...unique.map((error) => `* ${error}`)].join('\n');
}

/** What the API server itself answers: `Service "web" is invalid: …`, `Deployment.apps "web" is invalid: [a, b]`. */
export function invalidMessage(groupKind: string, name: string, errors: readonly FieldError[]): string {
  const unique = [...new Set(errors)];
  const list = unique.length === 1 ? unique[0] : `[${unique.join(', ')}]`;
  return `${groupKind} ${valueText(name)} is invalid: ${list}`;
}
