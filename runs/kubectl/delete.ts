/**
 * `kubectl delete`.
 * @see kubernetes staging/src/k8s.io/kubectl/pkg/cmd/delete/delete.go
 */
import { WriteVerb } from '../../controllers/command.ts';
import type { KindInfo, KubeObject } from '../../controllers/object/kind.ts';
import type { ClusterView } from './cluster-view.ts';
import { DRY_RUN_OPTIONS, dryRunOf } from './dry-run.ts';
import { misuse } from './kubectl-error.ts';
import { printed } from './kubectl-result.ts';
import { parseLabelQuery } from './label-query.ts';
import { type Arguments, type OptionSpec, parseArguments } from './options.ts';
import { refusalError } from './refusal.ts';
import { resourceKind, resourcePath } from './resource.ts';
import { type Selection, select } from './selection.ts';
import type { Planned } from './write-plan.ts';

const OPTIONS: OptionSpec = {
  ...DRY_RUN_OPTIONS,
  all: { kind: 'flag' },
  'all-namespaces': { kind: 'flag', short: 'A' },
  selector: { kind: 'text', short: 'l' },
  now: { kind: 'flag' },
  force: { kind: 'flag' },
  'grace-period': { kind: 'text' },
  'ignore-not-found': { kind: 'flag' },
  wait: { kind: 'flag' },
  cascade: { kind: { alone: 'background' }, modelled: ['background', 'true'] },
};

const FORCED =
  'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n';

/** @throws {KubectlError} */
export function deleteObjects(cluster: ClusterView, argv: readonly string[]): Planned {
  const options = parseArguments(argv, OPTIONS, 'delete');
  if (options.words.length === 0) throw misuse('You must provide one or more resources by argument or filename.');
  const byName = options.words.length > 1 || options.words[0]!.includes('/');
  const query = options.text('selector');
  if (!byName && query === undefined && !options.flag('all')) {
    throw misuse('resource(s) were provided, but no name was specified');
  }
  const selection = select(cluster.view, options.words, {
    namespace: options.flag('all-namespaces') ? undefined : (options.text('namespace') ?? 'default'),
    ...(query === undefined ? {} : { selector: parseLabelQuery(query) }),
  });
  return deletion(cluster, selection, options);
}

interface Target {
  readonly info: KindInfo;
  readonly object: KubeObject;
}

function deletion(cluster: ClusterView, selection: Selection, options: Arguments): Planned {
  const grace = graceOf(options);
  const dryRun = dryRunOf(options, cluster);
  const targets = selection.parts.flatMap(({ info, objects }) => objects.map((object): Target => ({ info, object })));
  const errors = options.flag('ignore-not-found') ? [] : selection.errors;
  if (targets.length === 0 && errors.length === 0) {
    return printed(selection.errors.length > 0 ? '' : 'No resources found\n');
  }
  const isForced = grace === 0;
  const line = ({ info, object }: Target): string => {
    const { name, namespace } = object.metadata;
    if (options.text('output') === 'name') return `${resourcePath(info, name)}\n`;
    const where = namespace === undefined ? '' : ` from ${namespace} namespace`;
    return `${resourceKind(info)} "${name}" ${isForced ? 'force deleted' : 'deleted'}${where}${dryRun.suffix}\n`;
  };
  const stderr = dryRun.stderr + (isForced ? FORCED : '');
  if (dryRun.only) return { steps: [], stdout: targets.map(line).join(''), stderr, errors };
  return {
    steps: targets.map((target) => ({
      write: {
        verb: WriteVerb.Delete,
        body: {
          kind: target.info.kind,
          namespace: target.object.metadata.namespace,
          name: target.object.metadata.name,
          ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
        },
      },
      said: (reply) => {
        if (reply.result === 'refused') throw refusalError(reply);
        return line(target);
      },
    })),
    stderr,
    errors,
    ...(options.text('wait') === 'false' || isForced
      ? {}
      : { isDone: (view) => targets.every(({ object }) => view.byUid(object.metadata.uid ?? '') === undefined) }),
  };
}

function graceOf(options: Arguments): number | undefined {
  if (options.flag('now')) return 1;
  const given = options.text('grace-period');
  if (given === undefined) return options.flag('force') ? 0 : undefined;
  const seconds = Number(given);
  if (seconds === 0 && !options.flag('force')) return 1;
  return seconds < 0 ? undefined : seconds;
}
