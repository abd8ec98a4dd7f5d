/**
 * `kubectl scale`.
 */
import { WriteVerb } from '../../controllers/command.ts';
import { isScalable } from '../../controllers/request.ts';
import type { ClusterView } from './cluster-view.ts';
import { DRY_RUN_OPTIONS, dryRunOf } from './dry-run.ts';
import { KubectlError, misuse } from './kubectl-error.ts';
import { parseLabelQuery } from './label-query.ts';
import { type OptionSpec, parseArguments } from './options.ts';
import { refusalError } from './refusal.ts';
import { resourcePath } from './resource.ts';
import { select } from './selection.ts';
import type { PlanStep, WritePlan } from './write-plan.ts';

const OPTIONS: OptionSpec = {
  ...DRY_RUN_OPTIONS,
  replicas: { kind: 'text' },
  'current-replicas': { kind: 'text' },
  all: { kind: 'flag' },
  selector: { kind: 'text', short: 'l' },
};

/** @throws {KubectlError} */
export function scale(cluster: ClusterView, argv: readonly string[]): WritePlan {
  const options = parseArguments(argv, OPTIONS, 'scale');
  const replicas = numberOf('replicas', options.text('replicas'));
  if (replicas === undefined) throw misuse('required flag(s) "replicas" not set');
  if (replicas < 0) throw misuse('The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0');
  const expected = numberOf('current-replicas', options.text('current-replicas'));
  const dryRun = dryRunOf(options, cluster);
  const query = options.text('selector');
  const selection = select(cluster.view, options.words, {
    namespace: options.text('namespace') ?? 'default',
    ...(query === undefined ? {} : { selector: parseLabelQuery(query) }),
  });
  const found = selection.parts.flatMap(({ info, objects }) => objects.map((object) => ({ info, object })));
  if (found.length === 0) {
    const missing = selection.errors.map(({ text }) => text.replace('Error from server (NotFound): ', ''));
    const list = missing.length > 1 ? `[${missing.join(', ')}]` : missing.join('');
    throw misuse(`no objects passed to scale ${list}`.trimEnd());
  }
  const steps = found.map(({ info, object }): PlanStep => {
    const { namespace, name } = object.metadata;
    return {
      write: {
        verb: WriteVerb.Scale,
        body: {
          kind: info.kind,
          namespace,
          name,
          replicas,
          ...(expected === undefined ? {} : { currentReplicas: expected }),
        },
      },
      said(reply) {
        if (reply.result !== 'refused') return `${resourcePath(info, name)} scaled\n`;
        throw reply.code === 409 ? misuse(reply.message) : refusalError(reply);
      },
    };
  });
  if (!found.every(({ object }) => isScalable(object))) throw cannotScale();
  const lines = found.map(({ info, object }) => `${resourcePath(info, object.metadata.name)} scaled${dryRun.suffix}\n`);
  if (dryRun.only) return { steps: [], stdout: lines.join(''), stderr: dryRun.stderr, errors: selection.errors };
  return { steps, errors: selection.errors };
}

function cannotScale(): KubectlError {
  return new KubectlError('Error from server (NotFound): the server could not find the requested resource');
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^-?\d+$/.test(text)) return Number(text);
  throw misuse(
    `invalid argument "${text}" for "--${name}" flag: strconv.ParseInt: parsing "${text}": invalid syntax\nSee 'kubectl scale --help' for usage.`,
  );
}
