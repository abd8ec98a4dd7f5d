/**
 * `kubectl exec -it POD -- CMD ARG…`, as it is typed.
 * @see kubernetes staging/src/k8s.io/kubectl/pkg/cmd/exec/exec.go
 */
import { subcommandIn } from '../kubectl/kubectl.ts';
import { KubectlError } from '../kubectl/kubectl-error.ts';
import { type OptionSpec, parseArguments } from '../kubectl/options.ts';

export interface PodCommand {
  readonly namespace: string;
  /** Of a pod, or `deploy/web`. */
  readonly name: string;
  readonly container: string | undefined;
  /** At least one word. */
  readonly argv: readonly string[];
}

const OPTIONS: OptionSpec = {
  container: { kind: 'text', short: 'c' },
  stdin: { kind: 'flag', short: 'i' },
  tty: { kind: 'flag', short: 't' },
  quiet: { kind: 'flag', short: 'q' },
  'pod-running-timeout': { kind: 'text' },
};

/** @param argv behind `kubectl` @returns `undefined`: it is no exec; a text: why it can't be done, in kubectl's words */
export function podCommand(argv: readonly string[]): PodCommand | string | undefined {
  const { name: subcommand, words } = subcommandIn(argv);
  if (subcommand !== 'exec') return undefined;
  try {
    const options = parseArguments(words, OPTIONS, 'exec');
    const [name, ...more] = options.words;
    if (options.rest === undefined && more.length > 0)
      return "error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for help and examples";
    if (name === undefined) return 'error: pod, type/name or --filename must be specified';
    if (options.rest === undefined || options.rest.length === 0)
      return 'error: you must specify at least one command for the container';
    return {
      namespace: options.text('namespace') ?? 'default',
      name: name.replace(/^pods?\//, ''),
      container: options.text('container'),
      argv: options.rest,
    };
  } catch (error) {
    if (error instanceof KubectlError) return error.text;
    throw error;
  }
}
