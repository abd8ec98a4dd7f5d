/**
 * Reads the words of one iptables command: `-A CHAIN` and its like, conditions, matches and target.
 * @see iptables/xshared.c do_parse, iptables/iptables.c do_command4
 */
import type { Command, Count } from './command.ts';
import { type Fail, integerOf } from './extension/options.ts';
import { targetExtensionOf } from './extension/target-list.ts';
import { TableId } from './hook.ts';
import type { LineContext } from './line-context.ts';
import { type FoundOption, give, startsSo } from './loaded-extension.ts';
import { NO_DROP_IN_NAT, RuleDraft } from './rule-draft.ts';
import { RulesetError } from './ruleset-error.ts';
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
/** Commands that can't do without a chain. */
const WITH_CHAIN = 'ACDIRNEP';
/** Commands that may name a rule by its position. */
const WITH_POSITION = 'IDRLSZ';
/** Options that stand alone. */
const BARE = 'fnvx046w';
/** Options that may stand behind `!`. */
const INVERTIBLE = 'psdiof';
/** Longest name of a chain. @see include/uapi/linux/netfilter/x_tables.h XT_EXTENSION_MAXNAMELEN */
const CHAIN_NAME_LENGTH = 28;

/** A command, and the switches that matter for listing. */
export interface CommandLine {
  readonly command: Command;
  readonly numeric: boolean;
  readonly verbose: boolean;
  readonly exact: boolean;
  readonly lineNumbers: boolean;
  /** `-L -Z`: counters are zeroed after they were shown. */
  readonly thenZero: boolean;
}

/**
 * @param count packets and bytes that stood before the command in brackets
 * @throws {RulesetError}
 */
export function parseCommandLine(words: readonly Word[], context: LineContext, count?: Count): CommandLine {
  return new LineReader(words, context, count).read();
}

interface GivenCommand {
  readonly letter: string;
  readonly chain: string;
  readonly position: number;
  /** The policy of `-P`, the new name of `-E`. */
  readonly extra: string;
  readonly at: Word;
}

class LineReader {
  readonly #words: readonly Word[];
  readonly #context: LineContext;
  readonly #draft: RuleDraft;
  #at = 0;
  #inverted: Word | undefined;
  #count: Count | undefined;
  readonly #switches = new Set<string>();
  #command: GivenCommand | undefined;

  constructor(words: readonly Word[], context: LineContext, count: Count | undefined) {
    this.#words = words;
    this.#context = context;
    this.#count = count;
    this.#draft = new RuleDraft(context, this.#fail);
  }

  get #fail(): Fail {
    return (at, message) => {
      const word = at ?? this.#words[Math.min(this.#at, this.#words.length) - 1];
      throw new RulesetError(this.#context.file, this.#context.line, word?.column ?? 1, message);
    };
  }

  read(): CommandLine {
    while (this.#at < this.#words.length) this.#word(this.#words[this.#at++]!);
    if (this.#inverted !== undefined) this.#fail(this.#inverted, 'nothing appropriate following !');
    const command = this.#finish();
    return {
      command,
      numeric: this.#switches.has('n'),
      verbose: this.#switches.has('v'),
      exact: this.#switches.has('x'),
      lineNumbers: this.#switches.has('0'),
      thenZero: this.#switches.has('Z'),
    };
  }

  #word(word: Word): void {
    const { text } = word;
    if (word.quoted || text.length < 2 || text[0] !== '-') this.#argumentOrSign(word);
    else if (text[1] !== '-') {
      if (text.length > 2) this.#fail(word, `unknown option "${text}"`);
      this.#general(text[1]!, word, undefined);
    } else {
      const equals = text.indexOf('=');
      const value = { text: text.slice(equals + 1), column: word.column + equals + 1, quoted: true };
      this.#long(text.slice(2, equals < 0 ? undefined : equals), word, equals < 0 ? undefined : value);
    }
  }

  /** A `!`, or a word that only an extension that is not known can want. */
  #argumentOrSign(word: Word): void {
    if (word.text === '!' && !word.quoted) {
      if (this.#inverted !== undefined) this.#fail(word, 'multiple consecutive ! not allowed');
      this.#inverted = word;
      return;
    }
    const open = this.#draft.extensions.list.at(-1)?.words;
    if (open === undefined || open.length === 0) this.#fail(word, `Bad argument \`${word.text}'`);
    open!.push(this.#kept(word));
  }

  #long(name: string, word: Word, value: Word | undefined): void {
    const { extensions } = this.#draft;
    const letter = Object.hasOwn(GENERAL, name) ? GENERAL[name] : undefined;
    const exact = extensions.named(name) ?? letter;
    const found = exact ?? this.#beginning(name, word);
    if (typeof found === 'string') this.#general(found, word, value);
    else if (found !== undefined) this.#extension(found, word, value);
    else if (this.#draft.loadForProtocol(word, ({ options }) => options.some((spec) => startsSo(spec, name)))) {
      this.#long(name, word, value);
    } else {
      if (extensions.open === undefined) this.#fail(word, `unknown option "${word.text}"`);
      extensions.open!.push(this.#kept(word));
    }
  }

  #beginning(name: string, word: Word): string | FoundOption | undefined {
    if (name === '') return undefined;
    const letters = new Set<string>();
    for (const [long, letter] of Object.entries(GENERAL)) if (long.startsWith(name)) letters.add(letter);
    const found = [...letters, ...this.#draft.extensions.beginning(name)];
    if (found.length > 1) this.#fail(word, `option "${word.text}" is ambiguous`);
    return found[0];
  }

  /** A word of an extension that is not known, with its negation. */
  #kept(word: Word): string {
    const text = word.quoted || /[\s"]/.test(word.text) ? quote(word.text) : word.text;
    return this.#takeInversion() ? `! ${text}` : text;
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

  #extension(found: FoundOption, at: Word, value: Word | undefined): void {
    const inverted = this.#takeInversion();
    const words: Word[] = [];
    for (let i = 0; i < found.spec.words; i++) words.push(this.#argument(at, i === 0 ? value : undefined));
    give(found, at, words, inverted, this.#fail);
  }

  #general(letter: string, at: Word, value: Word | undefined): void {
    const inverted = this.#takeInversion();
    if (inverted && !INVERTIBLE.includes(letter)) this.#fail(at, `cannot have ! before ${at.text}`);
    if (COMMANDS.includes(letter)) this.#commandOption(letter, at, value);
    else if (BARE.includes(letter)) this.#switch(letter, at, inverted);
    else if (letter === 'm') this.#draft.match(this.#argument(at, value));
    else if (letter === 'c') this.#counters(at, this.#argument(at, value));
    else if (letter === 't') {
      this.#argument(at, value);
      if (this.#context.restoring) this.#fail(at, 'The -t option cannot be used in iptables-restore.');
    } else if ('psdiojg'.includes(letter)) this.#draft.set(letter, at, this.#argument(at, value), inverted);
    else this.#fail(at, `unknown option "${at.text}"`);
  }

  #switch(letter: string, at: Word, inverted: boolean): void {
    if (letter === 'f') this.#draft.fragment = !inverted;
    if (this.#context.restoring && 'nx0'.includes(letter)) {
      this.#fail(at, `Illegal option \`-${letter}' with this command`);
    }
    this.#switches.add(letter);
    // `-w` may be followed by seconds.
    if (letter === 'w' && /^\d+$/.test(this.#words[this.#at]?.text ?? '')) this.#at++;
  }

  #counters(at: Word, packets: Word): void {
    const bytes = this.#argument(at, undefined);
    if (!/^\d+$/.test(packets.text)) this.#fail(packets, '-c packet counter not numeric');
    if (!/^\d+$/.test(bytes.text)) this.#fail(bytes, '-c byte counter not numeric');
    this.#count = { packets: Number(packets.text), bytes: Number(bytes.text) };
  }

  #commandOption(letter: string, at: Word, value: Word | undefined): void {
    if (this.#command !== undefined) {
      if (this.#command.letter !== 'L' || letter !== 'Z') {
        this.#fail(at, `Cannot use -${letter} with -${this.#command.letter}`);
      }
      this.#switches.add('Z');
      return;
    }
    const chain = WITH_CHAIN.includes(letter) ? this.#argument(at, value) : (value ?? this.#optional());
    if (chain !== undefined) this.#checkChainName(chain, letter === 'N');
    let position = letter === 'I' ? 1 : 0;
    if (WITH_POSITION.includes(letter) && chain !== undefined) {
      const number = letter === 'R' ? this.#argument(at, undefined) : this.#optional();
      if (number !== undefined) {
        position = integerOf(number.text, 0x7fffffff) || this.#fail(number, `Invalid rule number \`${number.text}'`);
      }
    }
    const extra = letter === 'P' || letter === 'E' ? this.#argument(at, undefined) : undefined;
    if (letter === 'E') this.#checkChainName(extra!, true);
    this.#command = { letter, chain: chain?.text ?? '', position, extra: extra?.text ?? '', at };
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
    if (creating && (targetExtensionOf(text) !== undefined || ['ACCEPT', 'DROP', 'RETURN'].includes(text))) {
      this.#fail(word, 'chain name may not clash with target name');
    }
    if (/\s/.test(text) || text === '') this.#fail(word, `Invalid chain name \`${text}'`);
  }

  #finish(): Command {
    const given = this.#command;
    if (given === undefined) return this.#fail(this.#words[0], 'no command specified');
    const { chain, position, letter } = given;
    const place = { chain, line: this.#context.line, column: given.at.column };
    if ('ACIR'.includes(letter) || (letter === 'D' && position === 0)) {
      const kinds = { A: 'append', C: 'check', D: 'delete', I: 'insert', R: 'replace' } as const;
      if (letter === 'R' && this.#draft.many) {
        this.#fail(given.at, 'Replacement rule does not specify a unique address');
      }
      const kind = kinds[letter as keyof typeof kinds];
      return { kind, ...place, position, rules: this.#draft.rules(chain), count: this.#count };
    }
    const [stray] = this.#draft.given;
    if (stray !== undefined) this.#fail(given.at, `Illegal option \`-${stray}' with this command`);
    if (letter === 'D') return { kind: 'delete-position', ...place, position };
    if (letter === 'N') return { kind: 'create', ...place };
    if (letter === 'E') return { kind: 'rename', ...place, to: given.extra };
    if (letter === 'P' && given.extra === 'DROP' && this.#context.table === TableId.Nat) {
      this.#fail(given.at, NO_DROP_IN_NAT);
    }
    if (letter === 'P') return { kind: 'policy', ...place, policy: given.extra };
    const kinds = { F: 'flush', X: 'delete-chain', Z: 'zero', L: 'list', S: 'list-rules' } as const;
    return { kind: kinds[letter as keyof typeof kinds], ...place, position };
  }
}
