/**
 * kubectl's command line: options in their long, short and joined forms, and the words between them.
 * @see https://pkg.go.dev/github.com/spf13/pflag
 */
import { KubectlError } from './kubectl-error.ts';

/** `text` takes a word; `flag` takes one only behind `=`; `optional` may stand alone and then means its default. */
export type OptionKind = 'text' | 'list' | 'flag' | { readonly alone: string };

export interface OptionSpec {
  readonly [name: string]: { readonly kind: OptionKind; readonly short?: string };
}

export interface Arguments {
  /** Words that are no options, those behind `--` excluded. */
  readonly words: readonly string[];
  /** Words behind `--`; `undefined` when it is not there. */
  readonly rest: readonly string[] | undefined;
  /** Last value given; `true` and `false` for flags. */
  text(name: string): string | undefined;
  flag(name: string): boolean;
  /** Every value of an option that may be given again; commas separate too. */
  list(name: string): readonly string[];
}

/** Options that every subcommand knows. */
export const GLOBAL_OPTIONS: OptionSpec = {
  namespace: { kind: 'text', short: 'n' },
  context: { kind: 'text' },
  kubeconfig: { kind: 'text' },
  'request-timeout': { kind: 'text' },
  v: { kind: 'text', short: 'v' },
};

/** @throws {KubectlError} for an option that the subcommand doesn't know, or one without its value */
export function parseArguments(argv: readonly string[], specs: OptionSpec, subcommand: string): Arguments {
  const known: OptionSpec = { ...GLOBAL_OPTIONS, ...specs };
  const values = new Map<string, string[]>();
  const words: string[] = [];
  let rest: string[] | undefined;
  const fail = (reason: string): never => {
    throw new KubectlError(`error: ${reason}\nSee 'kubectl ${subcommand} --help' for usage.`);
  };
  const put = (name: string, value: string): void => {
    values.set(name, [...(values.get(name) ?? []), value]);
  };
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === '--') {
      rest = argv.slice(i + 1);
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      words.push(word);
      continue;
    }
    if (word.startsWith('--')) {
      const [name, joined] = splitOnce(word.slice(2));
      const spec = known[name];
      if (spec === undefined) return fail(`unknown flag: --${name}`);
      if (joined !== undefined) put(name, joined);
      else if (spec.kind === 'flag') put(name, 'true');
      else if (typeof spec.kind === 'object') put(name, spec.kind.alone);
      else if (i + 1 < argv.length) put(name, argv[++i]!);
      else return fail(`flag needs an argument: --${name}`);
      continue;
    }
    i = readShort(word, argv, i, known, put, fail);
  }
  return {
    words,
    rest,
    text: (name) => values.get(name)?.at(-1),
    flag: (name) => values.get(name)?.at(-1) === 'true',
    list: (name) => (values.get(name) ?? []).flatMap((value) => value.split(',')).filter((value) => value !== ''),
  };
}

/** `-it`, `-nfoo`, `-n foo`, `-o=wide`. @returns the index of the last word used */
function readShort(
  word: string,
  argv: readonly string[],
  index: number,
  known: OptionSpec,
  put: (name: string, value: string) => void,
  fail: (reason: string) => never,
): number {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at]!;
    const found = Object.entries(known).find(([, { short }]) => short === letter);
    if (found === undefined) return fail(`unknown shorthand flag: '${letter}' in ${word}`);
    const [name, { kind }] = found;
    const tail = word.slice(at + 1);
    if (kind === 'flag' && !tail.startsWith('=')) {
      put(name, 'true');
      continue;
    }
    if (tail !== '') put(name, tail.startsWith('=') ? tail.slice(1) : tail);
    else if (index + 1 < argv.length) {
      put(name, argv[index + 1]!);
      return index + 1;
    } else return fail(`flag needs an argument: '${letter}' in ${word}`);
    return index;
  }
  return index;
}

function splitOnce(text: string): [string, string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
