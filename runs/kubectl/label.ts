/**
 * `kubectl label` and `kubectl annotate`.
 */
import { WriteVerb } from '../../controllers/command.ts';
import type { StringMap } from '../../controllers/object/metadata.ts';
import type { ClusterView } from './cluster-view.ts';
import { DRY_RUN_OPTIONS, dryRunOf } from './dry-run.ts';
import { type KubectlError, misuse } from './kubectl-error.ts';
import { parseLabelQuery } from './label-query.ts';
import { type OptionSpec, parseArguments } from './options.ts';
import { refusalError } from './refusal.ts';
import { resourcePath } from './resource.ts';
import { select } from './selection.ts';
import type { PlanStep, WritePlan } from './write-plan.ts';

const OPTIONS: OptionSpec = {
  ...DRY_RUN_OPTIONS,
  all: { kind: 'flag' },
  'all-namespaces': { kind: 'flag', short: 'A' },
  selector: { kind: 'text', short: 'l' },
  overwrite: { kind: 'flag' },
};

/** What the two differ by. */
interface Mark {
  readonly subcommand: 'label' | 'annotate';
  readonly noun: 'label' | 'annotation';
  readonly field: 'labels' | 'annotations';
  /** Why a value that is there stays. */
  clash(key: string, value: string): string;
  done(before: StringMap, set: StringMap, removed: readonly string[]): string;
}

const LABEL: Mark = {
  subcommand: 'label',
  noun: 'label',
  field: 'labels',
  clash: (key, value) => `'${key}' already has a value (${value}), and --overwrite is false`,
  done: wordFor,
};

const ANNOTATION: Mark = {
  subcommand: 'annotate',
  noun: 'annotation',
  field: 'annotations',
  clash: (key, value) =>
    `--overwrite is false but found the following declared annotation(s): '${key}' already has a value (${value})`,
  done: () => 'annotated',
};

/** @throws {KubectlError} */
export function label(cluster: ClusterView, argv: readonly string[]): WritePlan {
  return marked(cluster, argv, LABEL);
}

/** @throws {KubectlError} */
export function annotate(cluster: ClusterView, argv: readonly string[]): WritePlan {
  return marked(cluster, argv, ANNOTATION);
}

function marked(cluster: ClusterView, argv: readonly string[], mark: Mark): WritePlan {
  const { field, noun } = mark;
  const options = parseArguments(argv, OPTIONS, mark.subcommand);
  const isChange = (word: string): boolean => word.includes('=') || (word.endsWith('-') && word.length > 1);
  const first = options.words.findIndex(isChange);
  const changes = first < 0 ? [] : options.words.slice(first);
  const targets = first < 0 ? options.words : options.words.slice(0, first);
  if (targets.length === 0)
    throw misuse('one or more resources must be specified as <resource> <name> or <resource>/<name>');
  if (changes.length === 0) throw misuse(`at least one ${noun} update is required`);
  const byName = targets.length > 1 || targets[0]!.includes('/');
  const query = options.text('selector');
  if (!byName && query === undefined && !options.flag('all')) {
    throw misuse('resource(s) were provided, but no name was specified');
  }
  const set = Object.fromEntries(changes.filter((word) => word.includes('=')).map(splitPair));
  const removed = changes.filter((word) => !word.includes('=')).map((word) => word.slice(0, -1));
  const dryRun = dryRunOf(options, cluster);
  const selection = select(cluster.view, targets, {
    namespace: options.flag('all-namespaces') ? undefined : (options.text('namespace') ?? 'default'),
    ...(query === undefined ? {} : { selector: parseLabelQuery(query) }),
  });
  const errors: KubectlError[] = [...selection.errors];
  const steps: PlanStep[] = [];
  let stdout = '';
  for (const { info, objects } of selection.parts) {
    for (const { metadata } of objects) {
      const labels = metadata[field] ?? {};
      const clash = Object.keys(set).find((key) => labels[key] !== undefined && labels[key] !== set[key]);
      if (clash !== undefined && !options.flag('overwrite')) {
        errors.push(misuse(mark.clash(clash, labels[clash]!)));
        continue;
      }
      const absent = removed.filter((key) => labels[key] === undefined).map((key) => `${noun} "${key}" not found.\n`);
      const done = `${absent.join('')}${resourcePath(info, metadata.name)} ${mark.done(labels, set, removed)}`;
      if (dryRun.only) {
        stdout += `${done}${dryRun.suffix}\n`;
        continue;
      }
      const patch = { metadata: { [field]: { ...set, ...Object.fromEntries(removed.map((key) => [key, null])) } } };
      steps.push({
        write: {
          verb: WriteVerb.Patch,
          body: { kind: info.kind, namespace: metadata.namespace, name: metadata.name, patch },
        },
        said(reply) {
          if (reply.result === 'refused') throw refusalError(reply);
          return `${done}\n`;
        },
      });
    }
  }
  return { steps, stdout, stderr: dryRun.stderr, errors };
}

function splitPair(word: string): [string, string] {
  const at = word.indexOf('=');
  return [word.slice(0, at), word.slice(at + 1)];
}

function wordFor(labels: StringMap, set: StringMap, removed: readonly string[]): string {
  const gains = Object.entries(set).some(([key, value]) => labels[key] !== value);
  if (gains) return 'labeled';
  return removed.some((key) => labels[key] !== undefined) ? 'unlabeled' : 'not labeled';
}
