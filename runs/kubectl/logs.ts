/**
 * `kubectl logs`. What it follows with `-f` is what has been written: a typed command ends.
 * @see kubernetes staging/src/k8s.io/kubectl/pkg/cmd/logs/logs.go
 */
import type { Pod } from '../../controllers/object/pod.ts';
import { parseTimestamp } from '../../controllers/timestamp.ts';
import { parseDuration } from '../../core/time.ts';
import type { LogLine } from '../container-log/log-line.ts';
import type { ClusterView } from './cluster-view.ts';
import { KubectlError, misuse } from './kubectl-error.ts';
import { type KubectlResult, printed } from './kubectl-result.ts';
import { parseLabelQuery } from './label-query.ts';
import { type Arguments, type OptionSpec, parseArguments } from './options.ts';
import { podsBehind } from './pod-choice.ts';
import { select } from './selection.ts';

const OPTIONS: OptionSpec = {
  container: { kind: 'text', short: 'c' },
  'all-containers': { kind: 'flag' },
  follow: { kind: 'flag', short: 'f' },
  previous: { kind: 'flag', short: 'p' },
  selector: { kind: 'text', short: 'l' },
  tail: { kind: 'text' },
  since: { kind: 'text' },
  'since-time': { kind: 'text' },
  timestamps: { kind: 'flag' },
  prefix: { kind: 'flag' },
  'limit-bytes': { kind: 'text' },
  'pod-running-timeout': { kind: 'text' },
  'ignore-errors': { kind: 'flag' },
  'max-log-requests': { kind: 'text' },
};

const USAGE = `error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.
POD or TYPE/NAME is a required argument for the logs command
See 'kubectl logs -h' for help and examples`;

/** Lines that are shown of each container where pods are chosen by their labels. */
const SELECTOR_TAIL = 10;
/** The image of a pod's container that kubectl takes where nobody names one. */
const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

/** @throws {KubectlError} */
export function logs(cluster: ClusterView, argv: readonly string[]): KubectlResult {
  const options = parseArguments(argv, OPTIONS, 'logs');
  const { pods, stderr } = podsMeant(cluster, options);
  if (cluster.logs === undefined) throw misuse('nobody keeps the logs of a run: type kubectl logs in exec');
  const bySelector = options.text('selector') !== undefined;
  let out = '';
  let err = stderr;
  for (const pod of pods) {
    const { names, note } = containersMeant(pod, options);
    err += note;
    for (const name of names) {
      const lines = linesOf(cluster, pod, name, options, bySelector ? SELECTOR_TAIL : -1);
      const prefix = options.flag('prefix') ? `[pod/${pod.metadata.name}/${name}] ` : '';
      out += lines.map((line) => `${prefix}${shown(line, options)}\n`).join('');
    }
  }
  const most = options.text('limit-bytes');
  return printed(most === undefined ? out : out.slice(0, Number(most)), err);
}

function podsMeant(
  cluster: ClusterView,
  options: Arguments,
): { readonly pods: readonly Pod[]; readonly stderr: string } {
  const namespace = options.text('namespace') ?? 'default';
  const query = options.text('selector');
  const [word, container] = options.words;
  if (query !== undefined) {
    if (word !== undefined) throw misuse('only a selector (-l) or a POD name is allowed');
    const { parts } = select(cluster.view, ['pods'], { namespace, selector: parseLabelQuery(query) });
    const pods = parts.flatMap(({ objects }) => objects as readonly Pod[]);
    return { pods, stderr: pods.length === 0 ? `No resources found in ${namespace} namespace.\n` : '' };
  }
  if (word === undefined || options.words.length > 2) throw new KubectlError(USAGE);
  if (container !== undefined && options.text('container') !== undefined)
    throw misuse('only one of -c or an inline [CONTAINER] arg is allowed');
  if (!word.includes('/') || /^(po|pods?)\//.test(word)) {
    const name = word.slice(word.indexOf('/') + 1);
    const pod = cluster.view.get('Pod', namespace, name);
    if (pod === undefined)
      throw misuse(`error from server (NotFound): pods "${name}" not found in namespace "${namespace}"`);
    return { pods: [pod], stderr: '' };
  }
  const { parts, errors } = select(cluster.view, [word], { namespace });
  if (errors.length > 0) throw errors[0]!;
  const pods = podsBehind(cluster.view, parts[0]!.objects[0]!);
  const [first] = pods;
  if (first === undefined) throw misuse('timed out waiting for the condition');
  return {
    pods: [first],
    stderr: pods.length === 1 ? '' : `Found ${pods.length} pods, using pod/${first.metadata.name}\n`,
  };
}

function containersMeant(pod: Pod, options: Arguments): { readonly names: readonly string[]; readonly note: string } {
  const { containers, initContainers = [] } = pod.spec;
  const all = [...initContainers, ...containers].map(({ name }) => name);
  const given = options.text('container') ?? options.words[1];
  if (given !== undefined) {
    if (!all.includes(given)) throw misuse(`container ${given} is not valid for pod ${pod.metadata.name}`);
    return { names: [given], note: '' };
  }
  if (options.flag('all-containers')) return { names: all, note: '' };
  const named = pod.metadata.annotations?.[DEFAULT_CONTAINER];
  const chosen = named !== undefined && all.includes(named) ? named : containers[0]!.name;
  const choice = [...containers.map(({ name }) => name), ...initContainers.map(({ name }) => `${name} (init)`)];
  const note =
    all.length === 1 || chosen === named ? '' : `Defaulted container "${chosen}" out of: ${choice.join(', ')}\n`;
  return { names: [chosen], note };
}

function linesOf(
  { logs: kept, nowSeconds }: ClusterView,
  pod: Pod,
  name: string,
  options: Arguments,
  most: number,
): readonly LogLine[] {
  const previous = options.flag('previous');
  const lines = kept!.of(pod, name, previous);
  const status = pod.status.containerStatuses?.find((one) => one.name === name);
  if (lines === undefined && previous) {
    throw new KubectlError(
      `Error from server (BadRequest): previous terminated container "${name}" in pod "${pod.metadata.name}" not found`,
    );
  }
  const waits = lines === undefined && status?.state?.running === undefined && status?.state?.terminated === undefined;
  const isInit = pod.spec.initContainers?.some((one) => one.name === name) === true;
  if (waits && !isInit) {
    const reason = status?.state?.waiting?.reason;
    const why = reason === undefined ? ` does not have a host assigned` : ` is waiting to start: ${reason}`;
    const whom =
      reason === undefined ? `pod ${pod.metadata.name}` : `container "${name}" in pod "${pod.metadata.name}"`;
    throw new KubectlError(`Error from server (BadRequest): ${whom}${why}`);
  }
  const since = sinceSeconds(options, nowSeconds);
  const told = (lines ?? []).filter(({ epochSeconds }) => epochSeconds <= nowSeconds && epochSeconds >= since);
  const tail = options.text('tail');
  const count = tail === undefined ? most : Number(tail);
  if (!Number.isInteger(count))
    throw misuse(`invalid argument "${tail}" for "--tail" flag: strconv.ParseInt: parsing "${tail}": invalid syntax`);
  if (count < -1) throw misuse('--tail must be greater than or equal to -1');
  return count === -1 ? told : count === 0 ? [] : told.slice(-count);
}

function sinceSeconds(options: Arguments, nowSeconds: number): number {
  const time = options.text('since-time');
  const span = options.text('since');
  if (time !== undefined) return parseTimestamp(time) ?? 0;
  const ns = span === undefined ? undefined : parseDuration(span);
  if (span !== undefined && ns === undefined)
    throw misuse(`invalid argument "${span}" for "--since" flag: time: invalid duration "${span}"`);
  return ns === undefined ? 0 : nowSeconds - ns / 1e9;
}

/** With `--timestamps`, the instant at which the runtime took the line in. */
function shown({ epochSeconds, text }: LogLine, options: Arguments): string {
  if (!options.flag('timestamps')) return text;
  const us = Math.round(epochSeconds * 1e6);
  const stamp = new Date(Math.floor(us / 1000)).toISOString().slice(0, 19);
  return `${stamp}.${String(us % 1_000_000).padStart(6, '0')}000Z ${text}`;
}
