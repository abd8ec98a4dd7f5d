/**
 * The API server's refusals in kubectl's words.
 * @see kubernetes staging/src/k8s.io/kubectl/pkg/cmd/util/helpers.go checkErr
 */
import { KubectlError } from './kubectl-error.ts';
import type { WriteReply } from './write-plan.ts';

type Refused = Extract<WriteReply, { result: 'refused' }>;

const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  500: 'InternalError',
  503: 'ServiceUnavailable',
};

/** Errors of fields as one message lists them: each begins with a path and says what kind of fault it is. */
const NEXT_FIELD =
  /, (?=[A-Za-z][\w.[\]/<>-]*: (?:Required value|Invalid value|Unsupported value|Duplicate value|Forbidden|Not found|Too long|Too many|Internal error))/;

/** @param doing what was being done, put before the server's words: `error when creating "web.yaml"` */
export function refusalError({ code, message }: Refused, doing = ''): KubectlError {
  if (code === 422) return new KubectlError(invalidText(message));
  const reason = code === 409 && message.endsWith('already exists') ? 'AlreadyExists' : (REASONS[code] ?? 'Unknown');
  return new KubectlError(`Error from server (${reason}): ${doing === '' ? '' : `${doing}: `}${message}`);
}

/** `Service "x" is invalid: [a, b]` as a line, or as a line and a starred line a fault. */
function invalidText(message: string): string {
  const match = /^(\w+)(?:\.[\w.]+)? (".*?") is invalid: ([\s\S]*)$/.exec(message);
  if (match === null) return `The request is invalid: ${message}`;
  const [, kind, name, list = ''] = match;
  const faults = /^\[[\s\S]*\]$/.test(list) ? list.slice(1, -1).split(NEXT_FIELD) : [list];
  const head = `The ${kind} ${name} is invalid: `;
  return faults.length === 1 ? head + faults[0] : [head, ...faults.map((fault) => `* ${fault}`)].join('\n');
}
