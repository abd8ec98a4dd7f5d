/**
 * One operator's command in the simulated cluster: it runs on a host at the simulation's instant, moves time on as far
 * as the real tool would have waited, and gives back what that tool would have printed.
 */

import { createHash } from 'node:crypto';
import type { Pod } from '../../controllers/object/pod.ts';
import { KubectlError, misuse } from '../kubectl/kubectl-error.ts';
import { podsBehind } from '../kubectl/pod-choice.ts';
import { select } from '../kubectl/selection.ts';
import { attachedRun, runAttached } from './attached-run.ts';
import {
  LAST_EXIT_CODE,
  type Pipeline,
  parseShellLine,
  parseShellWords,
  type SimpleCommand,
  SyntaxComplaint,
} from './command-line.ts';
import { COMMANDS } from './command-table.ts';
import { variablesOf } from './environment-command.ts';
import { type ExecRequest, type ExecResult, type ExecSimulation, type Session, said } from './exec-world.ts';
import { placeNamed } from './place.ts';
import { type PodCommand, podCommand } from './pod-command.ts';
import { isUnmodelledTool } from './unmodelled-tool.ts';

/** Exit code of a shell for a command that there isn't. */
const NOT_FOUND = 127;

/** @throws {InputError} when `on` names nobody */
export function exec(simulation: ExecSimulation, request: ExecRequest): ExecResult {
  const { host, pod } = placeNamed(simulation.world, request.on);
  const session: Session = {
    simulation,
    host,
    pod,
    stdin: request.stdin ?? '',
    piped: false,
    readFiles: request.readFiles,
    deferred: false,
  };
  return runArguments(session, request.argv);
}

/** @param argv a command and its words, or a whole line as one word */
export function runArguments(session: Session, argv: readonly string[]): ExecResult {
  const [only = ''] = argv;
  if (argv.length === 1 && /\s/.test(only)) return runLine(session, only);
  const several = argv.some((word) => /^(\|\||&&|;)$/.test(word));
  const words = several ? argv.map((word) => word.replaceAll('$?', LAST_EXIT_CODE)) : argv;
  return runShell(session, () => parseShellWords(filledIn(session, words)));
}

/** Words as they come from a real shell, which knew no variable of a pod: those that the pod has are filled in. */
function filledIn(session: Session, argv: readonly string[]): readonly string[] {
  if (session.pod === undefined || !argv.some((word) => word.includes('$'))) return argv;
  const variables = new Map(variablesOf(session));
  return argv.map((word) =>
    word.replaceAll(
      /\$(?:([A-Za-z_]\w*)|\{(\w+)\})/g,
      (whole, plain?: string, braced?: string) => variables.get(plain ?? braced!) ?? whole,
    ),
  );
}

/** Runs a line as `sh -c` does. */
export function runLine(session: Session, line: string): ExecResult {
  return runShell(session, () => {
    const variables = line.includes('$') ? new Map(variablesOf(session)) : undefined;
    return parseShellLine(line, variables === undefined ? undefined : (name) => variables.get(name));
  });
}

function runShell(session: Session, parse: () => readonly Pipeline[]): ExecResult {
  let list: readonly Pipeline[];
  try {
    list = parse();
  } catch (error) {
    if (error instanceof SyntaxComplaint) return said('', `sh: 1: ${error.message}\n`, 2);
    throw error;
  }
  let stdout = '';
  let stderr = '';
  let exitCode = 0;
  for (const { commands, after } of list) {
    if ((after === '&&' && exitCode !== 0) || (after === '||' && exitCode === 0)) continue;
    const result = runPipeline(session, commands, exitCode);
    stdout += result.stdout;
    stderr += result.stderr;
    exitCode = result.exitCode;
  }
  return said(stdout, stderr, exitCode);
}

/** @param lastCode exit code of the pipeline before, 0 where there is none */
function runPipeline(session: Session, commands: readonly SimpleCommand[], lastCode: number): ExecResult {
  let { stdin } = session;
  let stderr = '';
  let exitCode = 0;
  for (const [i, command] of commands.entries()) {
    const piped = session.piped || i < commands.length - 1;
    const argv = command.argv.map((word) => word.replaceAll(LAST_EXIT_CODE, String(lastCode)));
    const result = runCommand({ ...session, stdin, piped }, argv);
    exitCode = result.exitCode;
    stdin = command.silent ? '' : result.stdout;
    if (command.errors === 'joined') stdin += result.stderr;
    else if (command.errors === 'kept') stderr += result.stderr;
  }
  return said(stdin, stderr, exitCode);
}

function runCommand(session: Session, argv: readonly string[]): ExecResult {
  const [name = '', ...rest] = argv;
  if (name === 'sudo') return runCommand(session, rest);
  if (name === 'sh' || name === 'bash' || name === '/bin/sh' || name === '/bin/bash') {
    const at = rest.indexOf('-c');
    return at < 0 ? said('', `${name}: only -c LINE can be run here\n`, 2) : runLine(session, rest[at + 1] ?? '');
  }
  if (name === 'kubectl' || name === 'k') {
    const inside = podCommand(rest);
    if (typeof inside === 'string') return said('', `${inside}\n`, 1);
    if (inside !== undefined) return runInPod(session, inside);
    const attached = session.deferred ? undefined : attachedRun(rest);
    if (attached !== undefined) {
      const { namespace, name: pod, argv: command } = attached;
      const target = { namespace, name: pod, container: undefined, argv: command };
      return runAttached(session, rest, attached, () => runInPod(session, target));
    }
  }
  const command = COMMANDS.get(name);
  if (command !== undefined) return command(session, rest);
  return said('', `sh: 1: ${name}: ${isUnmodelledTool(name) ? 'not modelled' : 'not found'}\n`, NOT_FOUND);
}

/** Whether a word is known as a command, be it only by name. */
function isCommand(word: string): boolean {
  return COMMANDS.has(word) || SHELL_WORDS.has(word) || isUnmodelledTool(word);
}

const SHELL_WORDS: ReadonlySet<string> = new Set(['sudo', 'sh', 'bash', '/bin/sh', '/bin/bash']);

/** What kubectl hears of a container runtime that finds no such program. @see containerd internal/cri/server container_execsync.go */
function startFailure({ simulation }: Session, { metadata }: Pod, word: string): string {
  // The runtime names the attempt by a number that it draws; here it follows from the pod and the instant.
  const id = createHash('sha256').update(`${metadata.uid}/${simulation.nowNs}/${word}`).digest('hex');
  const why = word.includes('/') ? `stat ${word}: no such file or directory` : 'executable file not found in $PATH';
  return (
    'error: Internal error occurred: error executing command in container: failed to exec in container: ' +
    `failed to start exec "${id}": OCI runtime exec failed: exec failed: unable to start container process: ` +
    `exec: "${word}": ${why}: unknown`
  );
}

/** @throws {KubectlError} */
function podNamed({ cluster }: Session['simulation']['world'], namespace: string, target: string): string {
  const view = cluster.store.view();
  const { parts, errors } = select(view, [target], { namespace });
  if (errors.length > 0) throw errors[0]!;
  const [pod] = podsBehind(view, parts[0]!.objects[0]!);
  if (pod === undefined) throw misuse('timed out waiting for the condition');
  return pod.metadata.name;
}

/** Why nothing can be run in a pod, in the words of kubectl and of the kubelet. */
function execObstacle({ metadata, spec, status }: Pod, container = spec.containers[0]!.name): string | undefined {
  const { name } = metadata;
  if (status.phase === 'Succeeded' || status.phase === 'Failed')
    return `error: cannot exec into a container in a completed pod; current phase is ${status.phase}`;
  if (!spec.nodeName) return `Error from server (BadRequest): pod ${name} does not have a host assigned`;
  const all = [...spec.containers, ...(spec.initContainers ?? [])];
  if (!all.some((one) => one.name === container)) {
    return `Error from server (BadRequest): container ${container} is not valid for pod ${name}`;
  }
  const found = status.containerStatuses?.find((one) => one.name === container);
  if (found?.state?.running !== undefined) return undefined;
  return `error: Internal error occurred: unable to upgrade connection: container not found ("${container}")`;
}

function runInPod(session: Session, { namespace, name: target, container, argv }: PodCommand): ExecResult {
  const { world } = session.simulation;
  let name = target;
  try {
    // `deploy/web`: one of its pods.
    if (target.includes('/')) name = podNamed(world, namespace, target);
  } catch (error) {
    if (error instanceof KubectlError) return said('', `${error.text}\n`, error.exitCode);
    throw error;
  }
  const object = world.cluster.store.get('Pod', namespace, name);
  if (object === undefined) return said('', `Error from server (NotFound): pods "${name}" not found\n`, 1);
  const obstacle = execObstacle(object, container);
  if (obstacle !== undefined) return said('', `${obstacle}\n`, 1);
  const { host, pod } = placeNamed(world, `pod/${namespace}/${name}`);
  const inside = pod === undefined || container === undefined ? pod : { ...pod, container };
  if (!isCommand(argv[0]!)) return said('', `${startFailure(session, object, argv[0]!)}\n`, 1);
  const result = runCommand({ ...session, host, pod: inside }, argv);
  const note = result.exitCode === 0 ? '' : `command terminated with exit code ${result.exitCode}\n`;
  return said(result.stdout, result.stderr + note, result.exitCode);
}
