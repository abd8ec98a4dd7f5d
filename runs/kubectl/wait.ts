/**
 * `kubectl wait`: until a condition holds, or objects are gone.
 * @see kubernetes staging/src/k8s.io/kubectl/pkg/cmd/wait/wait.go
 */
import type { Kind, KubeObject } from '../../controllers/object/kind.ts';
import type { ObjectView } from '../../controllers/view.ts';
import { parseDuration, SECOND } from '../../core/time.ts';
import type { ClusterView } from './cluster-view.ts';
import { evaluateJsonPath } from './json-path.ts';
import { misuse } from './kubectl-error.ts';
import { parseLabelQuery } from './label-query.ts';
import { type OptionSpec, parseArguments } from './options.ts';
import { resourcePath } from './resource.ts';
import { select } from './selection.ts';
import type { Planned } from './write-plan.ts';

const OPTIONS: OptionSpec = {
  for: { kind: 'text' },
  timeout: { kind: 'text' },
  all: { kind: 'flag' },
  'all-namespaces': { kind: 'flag', short: 'A' },
  selector: { kind: 'text', short: 'l' },
};
const PATIENCE_NS = 30 * SECOND;

type Test = (object: KubeObject | undefined) => boolean;

/** @throws {KubectlError} */
export function wait(cluster: ClusterView, argv: readonly string[]): Planned {
  const options = parseArguments(argv, OPTIONS, 'wait');
  const condition = options.text('for') ?? '';
  const query = options.text('selector');
  const { parts, errors } = select(cluster.view, options.words, {
    namespace: options.flag('all-namespaces') ? undefined : (options.text('namespace') ?? 'default'),
    ...(query === undefined ? {} : { selector: parseLabelQuery(query) }),
  });
  const isDeletion = condition === 'delete';
  if (errors.length > 0 && !isDeletion) throw errors[0]!;
  const found = parts.flatMap(({ info, objects }) => objects.map((object) => ({ info, object })));
  if (found.length === 0 && !isDeletion) throw misuse('no matching resources found');
  const test = testOf(condition);
  const patience = options.text('timeout');
  const patienceNs = patience === undefined ? PATIENCE_NS : (parseDuration(patience) ?? PATIENCE_NS);
  const holds = (view: ObjectView, { kind, metadata }: KubeObject): boolean => {
    const now = view.get<Kind>(kind, metadata.namespace, metadata.name) as KubeObject | undefined;
    return test(isDeletion && now?.metadata.uid !== metadata.uid ? undefined : now);
  };
  return {
    steps: [],
    after: found.map(({ info, object }) => `${resourcePath(info, object.metadata.name)} condition met\n`).join(''),
    patienceNs,
    late: (view) =>
      found
        .filter(({ object }) => !holds(view, object))
        .map(({ info, object }) =>
          misuse(`timed out waiting for the condition on ${info.plural}/${object.metadata.name}`),
        ),
    isDone: (view) => found.every(({ object }) => holds(view, object)),
  };
}

/** `condition=Ready`, `condition=Ready=false`, `delete`, `create`, `jsonpath={.status.phase}=Running`. */
function testOf(text: string): Test {
  if (text === 'delete') return (object) => object === undefined;
  if (text === 'create') return (object) => object !== undefined;
  const condition = /^condition=([^=]+)(?:=(.+))?$/.exec(text);
  if (condition !== null) {
    const [, type = '', value = 'true'] = condition;
    return (object) => {
      const status =
        object === undefined
          ? undefined
          : (object as { status?: { conditions?: readonly { type: string; status: string }[] } }).status;
      return (
        status?.conditions?.some(
          (one) => one.type.toLowerCase() === type.toLowerCase() && one.status.toLowerCase() === value.toLowerCase(),
        ) === true
      );
    };
  }
  const path = /^jsonpath=(\{.*?\})(?:=(.+))?$/.exec(text);
  if (path !== null) {
    const [, template = '', value] = path;
    return (object) => {
      const is = object === undefined ? '' : evaluateJsonPath(template, object);
      return value === undefined ? is !== '' : is === value;
    };
  }
  throw misuse(`unrecognized condition: "${text}"`);
}
