/**
 * Extensions that are kept as text: read, and printed back as the kernel would. What a packet means to them is unknown
 * unless they say how to evaluate it.
 */
import type { TableName } from '../hook.ts';
import { Holds, type Match, type WalkEnvironment } from '../match.ts';
import type { Skb } from '../skb.ts';
import type { TextTarget } from '../target.ts';
import { quote } from '../word.ts';
import { flag, type MatchExtension, matchExtension, type TargetExtension, targetExtension } from './extension.ts';
import type { Head, OptionSpec, Options } from './options.ts';

/** A match without semantics in the model. */
export interface KeptMatch extends Match {
  /** Its options as printed: starts with a blank unless empty. */
  readonly text: string;
}

export interface KeptOption extends OptionSpec {
  /** The words as the kernel would print them; as written when left out. May fail at the option. */
  readonly canonical?: (text: string, options: Options) => string;
  /** What stands there when the option was not given. */
  readonly otherwise?: string | ((options: Options) => string);
  /** Not printed when its canonical words are these. */
  readonly hidden?: string;
  /** The name under which it is printed, where that is another one. */
  readonly printed?: string;
}

/** A string as it stood, in quotes only where it could not be read back otherwise. */
function raw(text: string): string {
  return text === '' || /[\s"]/.test(text) ? quote(text === '' ? ' ' : text).replace('" "', '""') : text;
}

/** The options in the order of the declarations, which is that of printing. */
export function keptText(options: Options, specs: readonly KeptOption[]): string {
  let text = '';
  for (const spec of specs) {
    const given = options.find(spec.name);
    if (given === undefined) {
      text += typeof spec.otherwise === 'function' ? spec.otherwise(options) : (spec.otherwise ?? '');
      continue;
    }
    const words = given.words.map((word) =>
      spec.canonical === undefined ? raw(word.text) : spec.canonical(word.text, options),
    );
    if (spec.hidden !== undefined && words.join(' ') === spec.hidden) continue;
    text += [flag(given.inverted, spec.printed ?? spec.name), ...words].join(' ');
  }
  return text;
}

/** What a match may know of itself beyond its text. */
export interface KeptMeaning<M extends KeptMatch> {
  /** Message when none of the options was given. */
  readonly need?: string;
  /** What `iptables -L` makes of its text. */
  readonly list?: (text: string) => string;
  readonly read?: (options: Options, head: Head) => Omit<M, 'name' | 'text'>;
  /** Unknown where it is left out. */
  readonly evaluate?: (match: M, skb: Skb, environment: WalkEnvironment, ruleIndex: number, slot: number) => 0 | 1 | 2;
  readonly stateful?: boolean;
  readonly hooks?: number;
}

/** A match that is printed from its text, whatever else it may mean. */
export function keptMatch<M extends KeptMatch = KeptMatch>(
  name: string,
  specs: readonly KeptOption[],
  { need, list, read, evaluate, stateful = false, hooks }: KeptMeaning<M> = {},
): MatchExtension {
  return matchExtension<M>({
    name,
    options: specs,
    stateful,
    ...(hooks === undefined ? {} : { hooks }),
    parse: (options, head) => {
      if (need !== undefined && options.given.length === 0) options.fail(undefined, need);
      const text = keptText(options, specs);
      return { name, text, ...read?.(options, head) } as M;
    },
    print: (match) => match.text,
    list: (match) => list?.(match.text) ?? `${name}${match.text.replaceAll(' --', ' ')}`,
    evaluate: evaluate ?? (() => Holds.Unknown),
  });
}

/** A target that is kept as text. @param kind `Pass` when it leaves the packet alone, else `Unknown` */
export function keptTarget(
  name: string,
  kind: TextTarget['kind'],
  specs: readonly KeptOption[],
  { tables, list }: { readonly tables?: readonly TableName[]; readonly list?: (text: string) => string } = {},
): TargetExtension {
  return targetExtension<TextTarget>({
    name,
    options: specs,
    ...(tables === undefined ? {} : { tables }),
    parse: (options) => ({ kind, name, text: keptText(options, specs) }),
    print: (target) => target.text,
    list: (target) => list?.(target.text) ?? `${name}${target.text.replaceAll(' --', ' ')}`,
  });
}
