/**
 * `--dry-run`: what would be sent is printed and not sent.
 */
import { timestampAt } from '../../controllers/timestamp.ts';
import type { ClusterView } from './cluster-view.ts';
import { misuse } from './kubectl-error.ts';
import { type KubectlResult, printed } from './kubectl-result.ts';
import type { Arguments, OptionSpec } from './options.ts';
import { formatObjects, isTable } from './output.ts';

export const DRY_RUN_OPTIONS: OptionSpec = {
  'dry-run': { kind: { alone: 'unchanged' } },
  output: { kind: 'text', short: 'o' },
  'field-manager': { kind: 'text' },
  'save-config': { kind: 'flag' },
  validate: { kind: { alone: 'strict' } },
};

export interface DryRun {
  /** Nothing is sent. */
  readonly only: boolean;
  /** What stands behind the message of a dry run. */
  readonly suffix: string;
  /** A warning, with its line end. */
  readonly stderr: string;
}

/** @throws {KubectlError} for a value that there isn't */
export function dryRunOf(options: Arguments, { config, nowSeconds }: ClusterView): DryRun {
  const value = options.text('dry-run') ?? 'none';
  const warning = (what: string, instead: string, why = ''): string =>
    `${klogHead(config.startSeconds, nowSeconds)} ${what} is deprecated${why} and can be replaced with --dry-run=${instead}.\n`;
  switch (value) {
    case 'none':
      return { only: false, suffix: '', stderr: '' };
    case 'client':
      return { only: true, suffix: ' (dry run)', stderr: '' };
    case 'server':
      return { only: true, suffix: ' (server dry run)', stderr: '' };
    case 'unchanged':
      return { only: true, suffix: ' (dry run)', stderr: warning('--dry-run', 'client') };
    case 'true':
      return { only: true, suffix: ' (dry run)', stderr: warning('--dry-run=true', 'client', ' (boolean value)') };
    case 'false':
      return { only: false, suffix: '', stderr: warning('--dry-run=false', 'none', ' (boolean value)') };
    default:
      throw misuse(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`);
  }
}

/** The head of a log line of Kubernetes' Go programs. @see https://pkg.go.dev/k8s.io/klog/v2 */
function klogHead(startSeconds: number, nowSeconds: number): string {
  const stamp = timestampAt(startSeconds, (nowSeconds - startSeconds) * 1e9);
  const micros = String(Math.round((nowSeconds % 1) * 1e6)).padStart(6, '0');
  return `W${stamp.slice(5, 7)}${stamp.slice(8, 10)} ${stamp.slice(11, 19)}.${micros}       1 helpers.go:702]`;
}

interface Named {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/**
 * @param messages `deployment.apps/web created`
 * @param separator between YAML documents
 */
export function dryRunResult(
  objects: readonly Named[],
  messages: readonly string[],
  options: Arguments,
  { suffix, stderr }: DryRun,
  separator = '---\n',
): KubectlResult {
  const output = options.text('output');
  if (isTable(output)) return printed(messages.map((message) => `${message}${suffix}\n`).join(''), stderr);
  const texts = objects.map((object) => formatObjects([object], output as string, true));
  return printed(texts.join(output === 'yaml' ? separator : ''), stderr);
}
