/**
 * A rule line half read: what its options have said so far, and the rules that come of it.
 * @see iptables/iptables.c do_command4
 */
import { addressMatches } from './address-match.ts';
import { matchExtensionOf, matchOfProtocol, protocolOfMatch } from './extension/match-list.ts';
import { type Fail, type Head, Options } from './extension/options.ts';
import { targetExtensionOf } from './extension/target-list.ts';
import { HOOK_NAMES, TABLE_NAMES, TableId } from './hook.ts';
import type { LineContext } from './line-context.ts';
import { type LoadedExtension, LoadedExtensions } from './loaded-extension.ts';
import type { Match } from './match.ts';
import { protocolOf } from './protocol.ts';
import type { AddressMatch, InterfaceMatch, Rule } from './rule.ts';
import { RulesetError } from './ruleset-error.ts';
import { type Target, TargetKind } from './target.ts';
import type { Word } from './word.ts';

/** What iptables answers where nat would drop. */
export const NO_DROP_IN_NAT = 'The "nat" table is not intended for filtering, the use of DROP is therefore inhibited.';

const VERDICTS: Readonly<Record<string, 1 | 2 | 3>> = {
  ACCEPT: TargetKind.Accept,
  DROP: TargetKind.Drop,
  RETURN: TargetKind.Return,
};

export class RuleDraft {
  readonly extensions = new LoadedExtensions();
  fragment: boolean | undefined;
  readonly #context: LineContext;
  readonly #fail: Fail;
  #protocol = 0;
  #protocolInverted = false;
  #source: readonly (AddressMatch | undefined)[] = [undefined];
  #destination: readonly (AddressMatch | undefined)[] = [undefined];
  #in: InterfaceMatch | undefined;
  #out: InterfaceMatch | undefined;
  #inAt: Word | undefined;
  #outAt: Word | undefined;
  #target: Target | undefined;
  #targetLoaded: LoadedExtension | undefined;
  readonly #seen = new Set<string>();

  constructor(context: LineContext, fail: Fail) {
    this.#context = context;
    this.#fail = fail;
  }

  /** Letters of the options that were given, `-m` as `m`. */
  get given(): string[] {
    return this.extensions.list.length > 0 ? [...this.#seen, 'm'] : [...this.#seen];
  }

  /** Whether `-s` or `-d` named more than one address. */
  get many(): boolean {
    return this.#source.length > 1 || this.#destination.length > 1;
  }

  /** One of `-p -s -d -i -o -j -g`. */
  set(letter: string, at: Word, word: Word, inverted: boolean): void {
    if (this.#seen.has(letter)) this.#fail(at, `multiple -${letter} flags not allowed`);
    this.#seen.add(letter);
    if (letter === 'p') this.#setProtocol(word, inverted);
    else if (letter === 's') this.#source = this.#addresses(word, inverted);
    else if (letter === 'd') this.#destination = this.#addresses(word, inverted);
    else if (letter === 'i') [this.#in, this.#inAt] = [this.#interface(word, inverted), at];
    else if (letter === 'o') [this.#out, this.#outAt] = [this.#interface(word, inverted), at];
    else if (letter === 'j') this.#jump(word);
    else this.#goto(word);
  }

  /** `-m NAME` */
  match(word: Word): void {
    const { restoring } = this.#context;
    const extension = matchExtensionOf(word.text);
    if (extension === undefined && !restoring) {
      this.#fail(word, `Couldn't load match \`${word.text}':No such file or directory`);
    }
    this.extensions.load(word, extension, undefined, restoring);
  }

  /** `-p tcp --dport 80`: loads the protocol's own match when one of its options turns up. @returns whether it did */
  loadForProtocol(at: Word, fits: (extension: NonNullable<ReturnType<typeof matchOfProtocol>>) => boolean): boolean {
    const extension = this.#protocolInverted ? undefined : matchOfProtocol(this.#protocol);
    if (extension === undefined || this.extensions.list.some((loaded) => loaded.match === extension)) return false;
    if (!fits(extension)) return false;
    this.extensions.load(at, extension, undefined, false);
    return true;
  }

  /** One rule per pair of addresses, sources outside. @param chain where they go: some conditions make no sense there */
  rules(chain: string): Rule[] {
    this.#checkInterfaces(chain);
    const { family, table } = this.#context;
    const head = { family, table, protocol: this.#protocol, protocolInverted: this.#protocolInverted };
    const common = {
      inInterface: this.#in,
      outInterface: this.#out,
      protocol: this.#protocol,
      protocolInverted: this.#protocolInverted,
      fragment: this.fragment,
      matches: this.#matches(head),
      target: this.#finishTarget(head),
    };
    return this.#source.flatMap((source) =>
      this.#destination.map((destination) => ({ source: whole(source), destination: whole(destination), ...common })),
    );
  }

  #setProtocol(word: Word, inverted: boolean): void {
    const protocol = protocolOf(word.text) ?? this.#fail(word, `unknown protocol "${word.text}" specified`);
    if (protocol === 0 && inverted) this.#fail(word, 'rule would never match protocol');
    this.#protocol = protocol;
    this.#protocolInverted = inverted;
  }

  #addresses(word: Word, inverted: boolean): AddressMatch[] {
    return addressMatches(word, inverted, this.#context.family, this.#fail);
  }

  #interface(word: Word, inverted: boolean): InterfaceMatch | undefined {
    const name = word.text;
    if (name === '') this.#fail(word, 'Empty interface is likely to be undesired');
    if (name.length > 15) this.#fail(word, `interface name \`${name}' must be shorter than IFNAMSIZ (15)`);
    return name === '+' && !inverted ? undefined : { inverted, name };
  }

  #jump(word: Word): void {
    const { text } = word;
    if (this.#target !== undefined) this.#fail(word, 'multiple -j flags not allowed');
    const verdict = Object.hasOwn(VERDICTS, text) ? VERDICTS[text] : undefined;
    if (verdict !== undefined) {
      if (verdict === TargetKind.Drop && this.#context.table === TableId.Nat) this.#fail(word, NO_DROP_IN_NAT);
      this.#target = { kind: verdict, name: text };
      return;
    }
    this.#target = { kind: TargetKind.Jump, name: text };
    const { restoring } = this.#context;
    this.#targetLoaded = this.extensions.load(word, undefined, targetExtensionOf(text), restoring);
  }

  #goto(word: Word): void {
    if (this.#target !== undefined) this.#fail(word, 'multiple -j flags not allowed');
    if (Object.hasOwn(VERDICTS, word.text) || word.text === 'QUEUE') {
      this.#fail(word, `goto '${word.text}' is not a chain`);
    }
    this.#target = { kind: TargetKind.Goto, name: word.text };
  }

  #checkInterfaces(chain: string): void {
    const [prerouting, input, , output, postrouting] = HOOK_NAMES;
    if (this.#in !== undefined && (chain === output || chain === postrouting)) {
      this.#fail(this.#inAt, `Can't use -i with ${chain}`);
    }
    if (this.#out !== undefined && (chain === prerouting || chain === input)) {
      this.#fail(this.#outAt, `Can't use -o with ${chain}`);
    }
  }

  #matches(head: Head): Match[] {
    const matches: Match[] = [];
    for (const loaded of this.extensions.list) {
      if (loaded === this.#targetLoaded) continue;
      if (loaded.match === undefined) {
        matches.push({ name: loaded.name, text: keptText(loaded) } as Match);
        continue;
      }
      const needed = protocolOfMatch(loaded.name);
      if (needed !== undefined && (head.protocol !== needed || head.protocolInverted)) {
        this.#refuse(loaded.at, `match \`${loaded.name}' needs \`-p ${loaded.name}'`);
      }
      matches.push(loaded.match.parse(new Options(loaded.name, loaded.at, loaded.given, this.#fail), head));
    }
    return matches;
  }

  #finishTarget(head: Head): Target {
    const loaded = this.#targetLoaded;
    if (loaded === undefined) return this.#target ?? { kind: TargetKind.None, name: '' };
    if (loaded.target === undefined) {
      if (loaded.words === undefined || loaded.words.length === 0) return this.#target!;
      return { kind: TargetKind.Unknown, name: loaded.name, text: keptText(loaded) };
    }
    const { tables } = loaded.target;
    if (tables !== undefined && !tables.includes(TABLE_NAMES[head.table]!)) {
      const names = tables.map((name) => `\`${name}'`).join(' or ');
      this.#refuse(loaded.at, `target \`${loaded.name}' only works in table ${names}`);
    }
    return loaded.target.parse(new Options(loaded.name, loaded.at, loaded.given, this.#fail), head);
  }

  /** What the tool lets pass and the kernel doesn't. */
  #refuse(at: Word, message: string): never {
    throw new RulesetError(this.#context.file, this.#context.line, at.column, message, true);
  }
}

function keptText(loaded: LoadedExtension): string {
  return loaded.words!.map((word) => ` ${word}`).join('');
}

/** An address that holds everything asks for nothing. */
function whole(match: AddressMatch | undefined): AddressMatch | undefined {
  return match !== undefined && !match.inverted && match.masks.every((mask) => mask === 0) ? undefined : match;
}
