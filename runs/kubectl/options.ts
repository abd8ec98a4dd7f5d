/**
 * kubectl's command line: options in their long, short and joined forms, and the words between them.
 * @see https://pkg.go.dev/github.com/spf13/pflag
 */
import { KubectlError, misuse } from './kubectl-error.ts';
import { unmodelledFlag } from './unmodelled-flag.ts';

/** Where kubeadm leaves the administrator's. */
const ADMIN_CONFIG = '/etc/kubernetes/admin.conf';

/** `text` takes a word; `flag` takes one only behind `=`; `optional` may stand alone and then means its default. */
export type OptionKind = 'text' | 'list' | 'flag' | { readonly alone: string };

export interface OptionSpec {
  readonly [name: string]: {
    readonly kind: OptionKind;
    readonly short?: string;
    /** The only values that the model knows; absent: all that the real one takes. */
    readonly modelled?: readonly string[];
  };
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
  v: { kind: 'text', short: 'v', modelled: ['0', '1'] },
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
      if (spec === undefined) {
        const flag = name.length > 1 ? unmodelledFlag(subcommand, name) : undefined;
        if (flag !== undefined) throw notModelled(subcommand, flag);
        return fail(`unknown flag: --${name}`);
      }
      if (joined !== undefined) put(name, joined);
      else if (spec.kind === 'flag') put(name, 'true');
      else if (typeof spec.kind === 'object') put(name, spec.kind.alone);
      else if (i + 1 < argv.length) put(name, argv[++i]!);
      else return fail(`flag needs an argument: --${name}`);
      continue;
    }
    i = readShort(word, argv, i, known, subcommand, put, fail);
  }
  for (const [name, given] of values) {
    const modelled = known[name]?.modelled;
    const value = given.at(-1)!;
    if (modelled !== undefined && !modelled.includes(value)) throw notModelled(subcommand, `--${name}=${value}`);
  }
  // Nobody has a configuration with contexts, or one elsewhere than where an operator of a node finds it.
  for (const context of values.get('context') ?? []) throw misuse(`context "${context}" does not exist`);
  for (const path of values.get('kubeconfig') ?? [])
    if (path !== ADMIN_CONFIG) throw misuse(`stat ${path}: no such file or directory`);
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
  subcommand: string,
  put: (name: string, value: string) => void,
  fail: (reason: string) => never,
): number {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at]!;
    const found = Object.entries(known).find(([, { short }]) => short === letter);
    if (found === undefined) {
      const flag = unmodelledFlag(subcommand, letter);
      if (flag !== undefined) throw notModelled(subcommand, flag);
      return fail(`unknown shorthand flag: '${letter}' in ${word}`);
    }
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

function notModelled(subcommand: string, flag: string): KubectlError {
  return misuse(`kubectl ${subcommand} ${flag} is not modelled yet`);
}

function splitOnce(text: string): [string, string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
