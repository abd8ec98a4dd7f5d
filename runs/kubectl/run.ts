/**
 * `kubectl run`: one bare pod, with a Service for it where `--expose` is given.
 */
import { WriteVerb } from '../../controllers/command.ts';
import type { ClusterView } from './cluster-view.ts';
import { DRY_RUN_OPTIONS, dryRunOf, dryRunResult } from './dry-run.ts';
import { parsePairs } from './expose.ts';
import { KubectlError, misuse } from './kubectl-error.ts';
import { type OptionSpec, parseArguments } from './options.ts';
import { pathOf } from './output.ts';
import { refusalError } from './refusal.ts';
import { serviceManifest } from './service-manifest.ts';
import { podManifest } from './workload-manifest.ts';
import type { Planned } from './write-plan.ts';

const OPTIONS: OptionSpec = {
  ...DRY_RUN_OPTIONS,
  image: { kind: 'text' },
  port: { kind: 'text' },
  expose: { kind: 'flag' },
  labels: { kind: 'text', short: 'l' },
  env: { kind: 'list' },
  restart: { kind: 'text' },
  command: { kind: 'flag' },
  rm: { kind: 'flag' },
  stdin: { kind: 'flag', short: 'i' },
  tty: { kind: 'flag', short: 't' },
};

/** @throws {KubectlError} */
export function run(cluster: ClusterView, argv: readonly string[]): Planned {
  const options = parseArguments(argv, OPTIONS, 'run');
  const image = options.text('image');
  const [name] = options.words;
  if (image === undefined) throw misuse('required flag(s) "image" not set');
  if (name === undefined)
    throw new KubectlError("error: NAME is required for run\nSee 'kubectl run -h' for help and examples");
  const port = options.text('port');
  const withService = options.flag('expose');
  if (withService && port === undefined) throw misuse('--port must be set when exposing a service');
  const labelText = options.text('labels');
  const labels = labelText === undefined ? { run: name } : parsePairs(labelText, 'labels');
  const namespace = options.text('namespace');
  const pod = podManifest(name, {
    namespace,
    image,
    labels,
    port: port === undefined ? undefined : Number(port),
    env: options.list('env').map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw misuse(`invalid env: ${pair}`);
      return { name: pair.slice(0, at), value: pair.slice(at + 1) };
    }),
    restartPolicy: options.text('restart') ?? 'Always',
    args: [...options.words.slice(1), ...(options.rest ?? [])],
    isCommand: options.flag('command'),
  });
  const service = serviceManifest(name, namespace, labelText === undefined ? undefined : labels, {
    ports: [{ port: Number(port), protocol: 'TCP', targetPort: Number(port) }],
    selector: labels,
  });
  const objects = withService ? [service, pod] : [pod];
  const dryRun = dryRunOf(options, cluster);
  const messages = objects.map((object) => `${pathOf(object)} created`);
  // Two printers are at work, and each puts a separator.
  if (dryRun.only) return dryRunResult(objects, messages, options, dryRun, '---\n---\n');
  return {
    steps: objects.map((object, i) => ({
      write: { verb: WriteVerb.Create, body: { ...object } },
      said(reply) {
        if (reply.result === 'refused') throw refusalError(reply);
        return `${messages[i]}\n`;
      },
    })),
    stderr: dryRun.stderr,
  };
}
