/**
 * Reads the words of one iptables command: `-A CHAIN` and its like, conditions, matches and target. Options are looked
 * up as getopt_long(3) does it: among the general ones and those of the extensions named so far, the latest first, in
 * full or by an unambiguous beginning.
 * @see iptables/xshared.c do_parse, iptables/iptables.c do_command4
 */
import type { Family } from '../address.ts';
import { addressMatches } from './address-match.ts';
import type { ChainCommand, Command, Count, RuleCommand } from './command.ts';
import type { MatchExtension, TargetExtension } from './extension/extension.ts';
import { matchExtensionOf, matchOfProtocol, protocolOfMatch } from './extension/match-list.ts';
import { type Fail, type GivenOption, type Head, integerOf, type OptionSpec, Options } from './extension/options.ts';
import { targetExtensionOf } from './extension/target-list.ts';
import { HOOK_NAMES, TABLE_NAMES, type TableId } from './hook.ts';
import type { Match } from './match.ts';
import { protocolOf } from './protocol.ts';
import type { AddressMatch, InterfaceMatch, Rule } from './rule.ts';
import { RulesetError } from './ruleset-error.ts';
import { type Target, TargetKind } from './target.ts';
import { quote, type Word } from './word.ts';

/** The options that every rule may have, by long name. */
const GENERAL: Readonly<Record<string, string>> = {
  append: 'A',
  check: 'C',
  delete: 'D',
  insert: 'I',
  replace: 'R',
  list: 'L',
  'list-rules': 'S',
  flush: 'F',
  zero: 'Z',
  'new-chain': 'N',
  'delete-chain': 'X',
  'rename-chain': 'E',
  policy: 'P',
  protocol: 'p',
  proto: 'p',
  source: 's',
  src: 's',
  destination: 'd',
  dst: 'd',
  'in-interface': 'i',
  'out-interface': 'o',
  jump: 'j',
  goto: 'g',
  match: 'm',
  table: 't',
  fragments: 'f',
  fragment: 'f',
  numeric: 'n',
  verbose: 'v',
  exact: 'x',
  'line-numbers': '0',
  'set-counters': 'c',
  wait: 'w',
  ipv4: '4',
  ipv6: '6',
};

const COMMANDS = 'ACDIRLSFZNXEP';
/** Options that stand alone. */
const BARE = 'fnvx046w';
/** Options that may stand behind `!`. */
const INVERTIBLE = 'psdiof';
/** Longest name of a chain. @see include/uapi/linux/netfilter/x_tables.h XT_EXTENSION_MAXNAMELEN */
const CHAIN_NAME_LENGTH = 28;

/** An extension that a line has named, with what it was given so far. */
interface Loaded {
  readonly at: Word;
  readonly name: string;
  readonly options: readonly OptionSpec[];
  readonly match: MatchExtension | undefined;
  readonly target: TargetExtension | undefined;
  readonly given: GivenOption[];
  /** Not known: takes every word that nobody else understands. */
  readonly words: string[] | undefined;
}

/** What is common to a text. */
export interface LineContext {
  readonly file: string;
  readonly line: number;
  readonly family: Family;
  readonly table: TableId;
  /** A line of a restore text: no `-t`, no listing options. */
  readonly restoring: boolean;
}

/** A command, and the switches that matter for listing. */
export interface CommandLine {
  readonly command: Command;
  readonly numeric: boolean;
  readonly verbose: boolean;
  readonly exact: boolean;
  readonly lineNumbers: boolean;
}

/**
 * @param count packets and bytes that stood before the command in brackets
 * @throws {RulesetError}
 */
export function parseCommandLine(words: readonly Word[], context: LineContext, count?: Count): CommandLine {
  return new LineReader(words, context, count).read();
}

class LineReader {
  readonly #words: readonly Word[];
  readonly #context: LineContext;
  #at = 0;
  #inverted: Word | undefined;
  #count: Count | undefined;
  readonly #loaded: Loaded[] = [];
  readonly #switches = new Set<string>();
  #command: { letter: string; chain: string; position: number; extra: string; at: Word } | undefined;
  #protocol = 0;
  #protocolInverted = false;
  #source: AddressMatch[] | undefined;
  #destination: AddressMatch[] | undefined;
  #in: InterfaceMatch | undefined;
  #out: InterfaceMatch | undefined;
  #inAt: Word | undefined;
  #outAt: Word | undefined;
  #fragment: boolean | undefined;
  #target: Target | undefined;
  #targetLoaded: Loaded | undefined;
  readonly #seen = new Set<string>();

  constructor(words: readonly Word[], context: LineContext, count: Count | undefined) {
    this.#words = words;
    this.#context = context;
    this.#count = count;
  }

  readonly #fail: Fail = (at, message) => {
    const word = at ?? this.#words[Math.min(this.#at, this.#words.length) - 1];
    throw new RulesetError(this.#context.file, this.#context.line, word?.column ?? 1, message);
  };

  read(): CommandLine {
    while (this.#at < this.#words.length) this.#option(this.#words[this.#at++]!);
    if (this.#inverted !== undefined) this.#fail(this.#inverted, 'nothing appropriate following !');
    const command = this.#finish();
    return {
      command,
      numeric: this.#switches.has('n'),
      verbose: this.#switches.has('v'),
      exact: this.#switches.has('x'),
      lineNumbers: this.#switches.has('0'),
    };
  }

  #option(word: Word): void {
    const { text } = word;
    if (word.quoted || text.length < 2 || text[0] !== '-') {
      if (text === '!' && !word.quoted) {
        if (this.#inverted !== undefined) this.#fail(word, 'multiple consecutive ! not allowed');
        this.#inverted = word;
        return;
      }
      const open = this.#loaded.at(-1)?.words;
      if (open === undefined) this.#fail(word, `Bad argument \`${text}'`);
      open!.push(this.#kept(word));
      return;
    }
    if (text[1] !== '-') {
      if (text.length > 2) this.#fail(word, `unknown option "${text}"`);
      this.#general(text[1]!, word, undefined);
      return;
    }
    const equals = text.indexOf('=');
    const name = equals < 0 ? text.slice(2) : text.slice(2, equals);
    const value =
      equals < 0 ? undefined : { text: text.slice(equals + 1), column: word.column + equals + 1, quoted: true };
    this.#long(name, word, value);
  }

  #long(name: string, word: Word, value: Word | undefined): void {
    const exact = this.#find((candidate) => candidate === name) ?? this.#generalNamed(name);
    const found = exact ?? this.#beginning(name, word);
    if (found !== undefined) {
      if (typeof found === 'string') this.#general(found, word, value);
      else this.#extension(found.loaded, found.spec, word, value);
      return;
    }
    // `-p tcp --dport 80`: the protocol's own match is loaded when one of its options turns up.
    const extension = this.#protocolInverted ? undefined : matchOfProtocol(this.#protocol);
    if (extension !== undefined && !this.#loaded.some((loaded) => loaded.match === extension)) {
      const fits = (option: string) => option.startsWith(name);
      if (extension.options.some((spec) => fits(spec.name) || spec.aliases?.some(fits))) {
        this.#load(extension.name, word, extension, undefined);
        this.#long(name, word, value);
        return;
      }
    }
    const open = this.#loaded.findLast((loaded) => loaded.words !== undefined)?.words;
    if (open === undefined) this.#fail(word, `unknown option "${word.text}"`);
    open!.push(this.#kept(word));
  }

  /** A word of an extension that is not known, with its negation. */
  #kept(word: Word): string {
    const text = word.quoted || /[\s"]/.test(word.text) ? quote(word.text) : word.text;
    const sign = this.#inverted === undefined ? '' : '! ';
    this.#inverted = undefined;
    return sign + text;
  }

  #generalNamed(name: string): string | undefined {
    return Object.hasOwn(GENERAL, name) ? GENERAL[name] : undefined;
  }

  #find(fits: (name: string) => boolean): { loaded: Loaded; spec: OptionSpec } | undefined {
    for (let i = this.#loaded.length - 1; i >= 0; i--) {
      const loaded = this.#loaded[i]!;
      const spec = loaded.options.find((option) => fits(option.name) || option.aliases?.some(fits));
      if (spec !== undefined) return { loaded, spec };
    }
    return undefined;
  }

  /** The one option that begins so; several spellings of one option count once. */
  #beginning(name: string, word: Word): string | { loaded: Loaded; spec: OptionSpec } | undefined {
    if (name === '') return undefined;
    const letters = new Set<string>();
    for (const [long, letter] of Object.entries(GENERAL)) if (long.startsWith(name)) letters.add(letter);
    const fits = (candidate: string) => candidate.startsWith(name);
    const specs = new Set<OptionSpec>();
    for (const loaded of this.#loaded) {
      for (const spec of loaded.options) if (fits(spec.name) || spec.aliases?.some(fits)) specs.add(spec);
    }
    if (letters.size + specs.size > 1) this.#fail(word, `option "${word.text}" is ambiguous`);
    for (const letter of letters) return letter;
    return this.#find(fits);
  }

  #argument(option: Word, value: Word | undefined): Word {
    const word = value ?? this.#words[this.#at++];
    return word ?? this.#fail(option, `option "${option.text}" requires an argument`);
  }

  #takeInversion(): boolean {
    const inverted = this.#inverted !== undefined;
    this.#inverted = undefined;
    return inverted;
  }

  /** The next word, where it is not an option: optional arguments of commands. */
  #optional(): Word | undefined {
    const word = this.#words[this.#at];
    if (word === undefined || (!word.quoted && (word.text[0] === '-' || word.text === '!'))) return undefined;
    this.#at++;
    return word;
  }

  #extension(loaded: Loaded, spec: OptionSpec, at: Word, value: Word | undefined): void {
    const inverted = this.#takeInversion();
    if (inverted && !spec.invertible) this.#fail(at, `${loaded.name}: option "--${spec.name}" cannot be inverted.`);
    if (!spec.repeatable && loaded.given.some((given) => given.spec === spec)) {
      this.#fail(at, `${loaded.name}: option "--${spec.name}" can only be used once.`);
    }
    const words: Word[] = [];
    for (let i = 0; i < spec.words; i++) words.push(this.#argument(at, i === 0 ? value : undefined));
    loaded.given.push({ spec, at, words, inverted });
  }

  #general(letter: string, at: Word, value: Word | undefined): void {
    const inverted = this.#takeInversion();
    if (inverted && !INVERTIBLE.includes(letter)) this.#fail(at, `cannot have ! before ${at.text}`);
    if (COMMANDS.includes(letter)) {
      this.#commandOption(letter, at, value);
      return;
    }
    if (BARE.includes(letter)) {
      if (letter === 'f') this.#fragment = !inverted;
      if (this.#context.restoring && 'nx0'.includes(letter)) {
        this.#fail(at, `Illegal option \`-${letter}' with this command`);
      }
      this.#switches.add(letter);
      if (letter === 'w' && /^\d+$/.test(this.#words[this.#at]?.text ?? '')) this.#at++;
      return;
    }
    if (!'psdiojgmtc'.includes(letter)) this.#fail(at, `unknown option "${at.text}"`);
    const word = this.#argument(at, value);
    if (letter === 'm') {
      this.#match(word);
      return;
    }
    if (this.#seen.has(letter)) this.#fail(at, `multiple -${letter} flags not allowed`);
    this.#seen.add(letter);
    if (letter === 'p') this.#setProtocol(word, inverted);
    else if (letter === 's') this.#source = this.#addresses(word, inverted);
    else if (letter === 'd') this.#destination = this.#addresses(word, inverted);
    else if (letter === 'i') [this.#in, this.#inAt] = [this.#interface(word, inverted), at];
    else if (letter === 'o') [this.#out, this.#outAt] = [this.#interface(word, inverted), at];
    else if (letter === 'j') this.#jump(word);
    else if (letter === 'g') this.#goto(word);
    else if (letter === 'c') this.#counters(word);
    else if (this.#context.restoring) this.#fail(at, 'The -t option cannot be used in iptables-restore.');
  }

  #commandOption(letter: string, at: Word, value: Word | undefined): void {
    const known = this.#command;
    if (known !== undefined) {
      // `iptables -L -Z` lists and zeroes; nothing else goes together.
      this.#fail(at, `Cannot use -${letter} with -${known.letter}`);
    }
    const needsChain = 'ACDIRNEP'.includes(letter);
    const chain = needsChain ? this.#argument(at, value) : (value ?? this.#optional());
    if (chain !== undefined) this.#checkChainName(chain, 'NE'.includes(letter));
    let position = 'I' === letter ? 1 : 0;
    let extra = '';
    if ('IDRLSZ'.includes(letter) && chain !== undefined) {
      const number = letter === 'R' ? this.#argument(at, undefined) : this.#optional();
      if (number !== undefined) {
        position = integerOf(number.text, 0x7fffffff) || this.#fail(number, `Invalid rule number \`${number.text}'`);
      }
    }
    if (letter === 'P' || letter === 'E') {
      const word = this.#argument(at, undefined);
      if (letter === 'E') this.#checkChainName(word, true);
      extra = word.text;
    }
    this.#command = { letter, chain: chain?.text ?? '', position, extra, at };
  }

  /** @see iptables/xshared.c parse_chain */
  #checkChainName(word: Word, creating: boolean): void {
    const { text } = word;
    if (text.length > CHAIN_NAME_LENGTH) {
      this.#fail(word, `chain name \`${text}' too long (must be under ${CHAIN_NAME_LENGTH + 1} chars)`);
    }
    if (text.startsWith('-') || text.startsWith('!')) {
      this.#fail(word, `chain name not allowed to start with \`${text[0]}'`);
    }
    if (creating && targetExtensionOf(text) !== undefined) {
      this.#fail(word, 'chain name may not clash with target name');
    }
    if (/\s/.test(text) || text === '') this.#fail(word, `Invalid chain name \`${text}'`);
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

  #counters(word: Word): void {
    const bytes = this.#argument(word, undefined);
    const [packets, size] = [Number(word.text), Number(bytes.text)];
    if (!/^\d+$/.test(word.text)) this.#fail(word, '-c packet counter not numeric');
    if (!/^\d+$/.test(bytes.text)) this.#fail(bytes, '-c byte counter not numeric');
    this.#count = { packets, bytes: size };
  }

  #load(name: string, at: Word, match: MatchExtension | undefined, target: TargetExtension | undefined): Loaded {
    const known = match ?? target;
    const words = known === undefined ? [] : undefined;
    const loaded: Loaded = { at, name, options: known?.options ?? [], match, target, given: [], words };
    this.#loaded.push(loaded);
    return loaded;
  }

  #match(word: Word): void {
    this.#load(word.text, word, matchExtensionOf(word.text), undefined);
  }

  #jump(word: Word): void {
    const { text } = word;
    if (this.#target !== undefined) this.#fail(word, 'multiple -j flags not allowed');
    const plain = ({ ACCEPT: TargetKind.Accept, DROP: TargetKind.Drop, RETURN: TargetKind.Return } as const)[text];
    if (plain !== undefined) this.#target = { kind: plain, name: text };
    else {
      const extension = targetExtensionOf(text);
      this.#target = { kind: TargetKind.Jump, name: text };
      this.#targetLoaded = this.#load(text, word, undefined, extension);
    }
  }

  #goto(word: Word): void {
    if (this.#target !== undefined) this.#fail(word, 'multiple -j flags not allowed');
    if (['ACCEPT', 'DROP', 'RETURN', 'QUEUE'].includes(word.text)) {
      this.#fail(word, `goto '${word.text}' is not a chain`);
    }
    this.#seen.add('j');
    this.#target = { kind: TargetKind.Goto, name: word.text };
  }

  #finish(): Command {
    const command = this.#command;
    if (command === undefined) return this.#fail(this.#words[0], 'no command specified');
    const { line } = this.#context;
    const { column } = command.at;
    const { chain, position, letter } = command;
    const byPosition = letter === 'D' && position > 0;
    if ('ACDIR'.includes(letter) && !byPosition) {
      this.#checkInterfaces(chain);
      const kinds = { A: 'append', C: 'check', D: 'delete', I: 'insert', R: 'replace' } as const;
      const kind = kinds[letter as keyof typeof kinds];
      if (letter === 'R' && ((this.#source?.length ?? 1) > 1 || (this.#destination?.length ?? 1) > 1)) {
        this.#fail(command.at, 'Replacement rule does not specify a unique address');
      }
      return { kind, chain, position, rules: this.#rules(), count: this.#count, line, column } satisfies RuleCommand;
    }
    const stray = this.#strayOption();
    if (stray !== undefined) this.#fail(command.at, `Illegal option \`-${stray}' with this command`);
    if (byPosition) return { kind: 'delete-position', chain, position, line, column };
    if (letter === 'N') return { kind: 'create', chain, line, column };
    if (letter === 'E') return { kind: 'rename', chain, to: command.extra, line, column };
    if (letter === 'P') return { kind: 'policy', chain, policy: command.extra, line, column };
    const kinds = { F: 'flush', X: 'delete-chain', Z: 'zero', L: 'list', S: 'list-rules' } as const;
    const kind = kinds[letter as keyof typeof kinds];
    return { kind, chain, position, line, column } satisfies ChainCommand;
  }

  #strayOption(): string | undefined {
    if (this.#loaded.some((loaded) => loaded.match !== undefined)) return 'm';
    return [...this.#seen].find((letter) => letter !== 't' && letter !== 'c');
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

  /** One rule per pair of addresses, sources outside. */
  #rules(): Rule[] {
    const { family, table } = this.#context;
    const head = { family, table, protocol: this.#protocol, protocolInverted: this.#protocolInverted };
    const common = {
      inInterface: this.#in,
      outInterface: this.#out,
      protocol: this.#protocol,
      protocolInverted: this.#protocolInverted,
      fragment: this.#fragment,
      matches: this.#matches(head),
      target: this.#finishTarget(head),
    };
    const rules: Rule[] = [];
    for (const source of this.#source ?? [undefined]) {
      for (const destination of this.#destination ?? [undefined]) {
        rules.push({ source: whole(source), destination: whole(destination), ...common });
      }
    }
    return rules;
  }

  #matches(head: Head): Match[] {
    const matches: Match[] = [];
    for (const loaded of this.#loaded) {
      if (loaded === this.#targetLoaded) continue;
      if (loaded.match === undefined) {
        const text = loaded.words!.map((word) => ` ${word}`).join('');
        matches.push({ name: loaded.name, text } as Match);
        continue;
      }
      const needed = protocolOfMatch(loaded.name);
      if (needed !== undefined && (head.protocol !== needed || head.protocolInverted)) {
        this.#fail(loaded.at, `match \`${loaded.name}' needs \`-p ${loaded.name}'`);
      }
      matches.push(loaded.match.parse(new Options(loaded.name, loaded.at, loaded.given, this.#fail), head));
    }
    return matches;
  }

  #finishTarget(head: Head): Target {
    const loaded = this.#targetLoaded;
    if (loaded === undefined) return this.#target ?? { kind: TargetKind.None, name: '' };
    if (loaded.target === undefined) {
      if (loaded.words!.length === 0) return this.#target!;
      return { kind: TargetKind.Unknown, name: loaded.name, text: loaded.words!.map((word) => ` ${word}`).join('') };
    }
    const { tables } = loaded.target;
    if (tables !== undefined && !tables.includes(TABLE_NAMES[head.table]!)) {
      this.#fail(
        loaded.at,
        `target \`${loaded.name}' only works in table ${tables.map((name) => `\`${name}'`).join(' or ')}`,
      );
    }
    return loaded.target.parse(new Options(loaded.name, loaded.at, loaded.given, this.#fail), head);
  }
}

/** An address that holds everything asks for nothing. */
function whole(match: AddressMatch | undefined): AddressMatch | undefined {
  return match !== undefined && !match.inverted && match.masks.every((mask) => mask === 0) ? undefined : match;
}
