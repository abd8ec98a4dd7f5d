/**
 * What is wrong with a line that is typed later, as far as it is known without a cluster: how a shell reads it, and the
 * words of kubectl.
 */
import { faultOfLine, subcommandIn } from '../kubectl/kubectl.ts';
import { parseShellLine, SyntaxComplaint } from './command-line.ts';
import { podCommand } from './pod-command.ts';

/** @returns one line, or `undefined` where nothing is known to be wrong */
export function typedFault(line: string): string | undefined {
  try {
    for (const { commands } of parseShellLine(line)) {
      for (const { argv } of commands) {
        const words = argv[0] === 'sudo' ? argv.slice(1) : argv;
        if (words[0] !== 'kubectl' && words[0] !== 'k') continue;
        const fault = kubectlFault(words.slice(1));
        if (fault !== undefined) return fault.startsWith('kubectl ') ? fault : `kubectl: ${fault}`;
      }
    }
  } catch (error) {
    if (error instanceof SyntaxComplaint) return `sh: ${error.message}`;
    throw error;
  }
  return undefined;
}

function kubectlFault(argv: readonly string[]): string | undefined {
  const { name } = subcommandIn(argv);
  if (name === 'kubectl') return 'the line begins behind the word kubectl, which stands twice here';
  if (name !== 'exec') return faultOfLine(argv);
  const command = podCommand(argv);
  return typeof command === 'string' ? command.split('\n')[0]!.replace(/^error: /, '') : undefined;
}
