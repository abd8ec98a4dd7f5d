/**
 * What a subcommand that changes something asks of the API server, and what it prints once it has the answers. Apart
 * from printing, so that a timeline can put the same requests on the agenda.
 */
import type { WriteVerb } from '../../controllers/command.ts';
import type { ClusterEvent } from '../../controllers/event.ts';
import type { ObjectView } from '../../controllers/view.ts';
import { KubectlError } from './kubectl-error.ts';
import { type KubectlResult, printed } from './kubectl-result.ts';

export interface PlannedWrite {
  /** A `WriteVerb`. */
  readonly verb: (typeof WriteVerb)[keyof typeof WriteVerb];
  /** As the verb has it; JSON. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** How the API server answered one request. */
export type WriteReply =
  | { readonly result: 'created' | 'changed' | 'unchanged' | 'deleted' }
  | {
      readonly result: 'refused';
      /** HTTP status. */
      readonly code: number;
      readonly message: string;
    };

/** One request, and what is said of it. */
export interface PlanStep {
  readonly write: PlannedWrite;
  /** A line for standard output, with its end; throws what goes to standard error. */
  said(reply: WriteReply): string;
}

export interface WritePlan {
  readonly steps: readonly PlanStep[];
  /** What stands before the answers. */
  readonly stdout?: string;
  readonly stderr?: string;
  /** What was wrong already: printed last, exit code 1. */
  readonly errors?: readonly KubectlError[];
  /** What stands behind the answers, once all is done. */
  readonly after?: string;
  /** The command returns only once this holds. */
  isDone?(view: ObjectView): boolean;
  /** Makes what is told of each event from the first request on until the command returns. */
  hears?(): (event: ClusterEvent) => Heard | undefined;
  /** How long it waits at most, in ns. */
  readonly patienceNs?: number;
  /** What is wrong when it has waited in vain. */
  late?(view: ObjectView): readonly KubectlError[];
}

/** What a command prints while it waits. */
export interface Heard {
  readonly stdout: string;
  readonly stderr: string;
}

export type Planned = KubectlResult | WritePlan;

export function isPlan(planned: Planned): planned is WritePlan {
  return 'steps' in planned;
}

/** What kubectl prints, given the answers in order, what it heard meanwhile, and what was late. */
export function resultOf(
  plan: WritePlan,
  replies: readonly WriteReply[],
  heard: Heard = { stdout: '', stderr: '' },
  late: readonly KubectlError[] = [],
): KubectlResult {
  let stdout = plan.stdout ?? '';
  const errors: KubectlError[] = [];
  for (const [i, step] of plan.steps.entries()) {
    const reply = replies[i];
    if (reply === undefined) continue;
    try {
      stdout += step.said(reply);
    } catch (error) {
      if (!(error instanceof KubectlError)) throw error;
      errors.push(error);
    }
  }
  stdout += heard.stdout;
  errors.push(...late, ...(plan.errors ?? []));
  if (errors.length === 0 && replies.length === plan.steps.length) stdout += plan.after ?? '';
  const stderr = (plan.stderr ?? '') + heard.stderr + errors.map(({ text }) => `${text}\n`).join('');
  return printed(stdout, stderr, errors.length > 0 ? errors[0]!.exitCode : 0);
}
