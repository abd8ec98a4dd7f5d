/**
 * Sets as text: what `ipset save` writes and `ipset restore` reads. Line by line; the first that is wrong ends it, those
 * before it stay done.
 * @see ipset(8)
 */
import { integerOf } from '../extension/options.ts';
import { RulesetError } from '../ruleset-error.ts';
import { splitWords, type Word } from '../word.ts';
import { type ElementPart, elementsOf } from './element.ts';
import type { IpSet, SetElement } from './ip-set.ts';
import { setTypeOf } from './set-type.ts';

type Sets = Map<string, IpSet>;

/** Long names of commands, and the short ones that `save` of old wrote. */
const COMMANDS: Readonly<Record<string, string>> = {
  '-N': 'create',
  '-A': 'add',
  '-D': 'del',
  '-F': 'flush',
  '-X': 'destroy',
  '-W': 'swap',
  '-E': 'rename',
  '-exist': '',
};
const SECOND_NS = 1_000_000_000;
const BARE = ['counters', 'comment', 'skbinfo', 'forceadd'];
/** Options of a set in the order of printing, and those of an element; each has a word behind it. */
const WORDED = ['range', 'hashsize', 'maxelem', 'size', 'netmask', 'bitmask', 'markmask', 'timeout'];

class SetReader {
  readonly #sets: Sets;
  readonly #file: string;
  readonly #nowNs: number;
  #line = 0;
  #exist = false;

  constructor(sets: Sets, file: string, nowNs: number) {
    this.#sets = sets;
    this.#file = file;
    this.#nowNs = nowNs;
  }

  read(text: string): void {
    for (const content of text.split('\n')) {
      this.#line++;
      const words = splitWords(content.trim());
      if (words.length === 0 || words[0]!.text.startsWith('#') || words[0]!.text === 'COMMIT') continue;
      this.#exist = words.some(({ text: word }) => word === '-exist' || word === '-!' || word === '--exist');
      this.#command(words.filter(({ text: word }) => word !== '-exist' && word !== '-!' && word !== '--exist'));
    }
  }

  #fail(word: Word | undefined, reason: string): never {
    throw new RulesetError(this.#file, this.#line, word?.column ?? 1, reason);
  }

  #command(words: readonly Word[]): void {
    const [first, name, third] = words;
    const command = COMMANDS[first!.text] ?? first!.text;
    if (command === 'flush' || command === 'destroy') return this.#all(command, name);
    if (name === undefined) this.#fail(first, `Missing mandatory argument to command ${command}`);
    if (command !== 'create' && third === undefined)
      this.#fail(first, `Missing second mandatory argument to command ${command}`);
    if (command === 'create' || command === 'n') this.#create(name!, third, words.slice(3));
    else if (command === 'add') this.#add(this.#set(name!), third!, words.slice(3));
    else if (command === 'del') this.#delete(this.#set(name!), third!);
    else if (command === 'swap') this.#swap(this.#set(name!), this.#set(third!));
    else if (command === 'rename') this.#rename(this.#set(name!), third!.text);
    else this.#fail(first, `No command specified: unknown argument ${first!.text}`);
  }

  #set(word: Word): IpSet {
    return this.#sets.get(word.text) ?? this.#fail(word, 'The set with the given name does not exist');
  }

  #all(command: string, name: Word | undefined): void {
    for (const set of name === undefined ? [...this.#sets.values()] : [this.#set(name)]) {
      if (command === 'destroy') this.#sets.delete(set.name);
      set.elements.clear();
      set.lengths.clear();
      set.members.length = 0;
    }
  }

  #create(name: Word, typeName: Word | undefined, rest: readonly Word[]): void {
    const type = typeName === undefined ? undefined : setTypeOf(typeName.text);
    if (type === undefined) this.#fail(typeName ?? name, `Syntax error: unknown settype ${typeName?.text ?? ''}`);
    const { options, family, values } = this.#options(rest);
    if (this.#sets.has(name.text)) {
      if (this.#exist) return;
      this.#fail(name, 'Set cannot be created: set with the same name already exists');
    }
    const addressed = type!.method !== 'list' && type!.name !== 'bitmap:port';
    const own = addressed ? (type!.method === 'bitmap' ? 4 : family) : 0;
    const range = values.get('range');
    this.#sets.set(name.text, {
      name: name.text,
      type: type!,
      family: own,
      options,
      netmask: Number(values.get('netmask') ?? (own === 6 ? 128 : 32)),
      markMask: (integerOf(values.get('markmask') ?? '0xffffffff', 0xffffffff) ?? 0xffffffff) | 0,
      range: range === undefined ? [0, 0xffffffff] : rangeOf(range),
      timeout: values.has('timeout') ? Number(values.get('timeout')) : undefined,
      elements: new Map(),
      lengths: new Map(),
      members: [],
    });
  }

  #options(rest: readonly Word[]) {
    const values = new Map<string, string>();
    let family: 4 | 6 = 4;
    let options = '';
    for (let i = 0; i < rest.length; i++) {
      const { text } = rest[i]!;
      const value = rest[i + 1]?.text;
      if (BARE.includes(text)) {
        options += ` ${text}`;
        continue;
      }
      i++;
      if (value === undefined) this.#fail(rest[i - 1], `Missing mandatory argument of option \`${text}'`);
      if (text === 'family' || text === '-6') {
        family = value === 'inet6' || value === '6' ? 6 : 4;
      } else if (WORDED.includes(text)) {
        values.set(text, value!);
        options += ` ${text} ${text === 'range' ? rangeText(value!) : value}`;
      } else if (text !== 'initval' && text !== 'bucketsize') this.#fail(rest[i - 1], `Unknown argument: \`${text}'`);
    }
    return { options, family, values };
  }

  #add(set: IpSet, word: Word, rest: readonly Word[]): void {
    const at = (name: string) => rest.findIndex(({ text, quoted }) => text === name && !quoted);
    const value = (name: string) => (at(name) < 0 ? undefined : rest[at(name) + 1]?.text);
    const timeout = value('timeout') === undefined ? set.timeout : Number(value('timeout'));
    const comment = value('comment');
    const marks = ['skbmark', 'skbprio', 'skbqueue'].flatMap((name) =>
      value(name) === undefined ? [] : [`${name} ${value(name)}`],
    );
    const more = [...marks, ...(comment === undefined ? [] : [`comment "${comment}"`])]
      .map((text) => ` ${text}`)
      .join('');
    const element = (text: string): SetElement => ({
      text,
      nomatch: at('nomatch') >= 0,
      expiresAtNs: timeout === undefined || timeout === 0 ? Infinity : this.#nowNs + timeout * SECOND_NS,
      more,
    });
    if (set.type.method === 'list') return this.#join(set, word, rest, element(word.text));
    for (const parts of this.#elements(set, word)) {
      const key = parts.map((part) => part.key).join(',');
      const known = set.elements.get(key);
      if (known === undefined) count(set, parts, 1);
      else if (known.expiresAtNs > this.#nowNs && !this.#exist)
        this.#fail(word, "Element cannot be added to the set: it's already added");
      set.elements.set(key, element(parts.map(({ text }) => text).join(',')));
    }
  }

  #elements(set: IpSet, word: Word): ElementPart[][] {
    return (
      elementsOf(set, word.text) ?? this.#fail(word, `Syntax error: cannot parse ${word.text} as ${set.type.name}`)
    );
  }

  #join(set: IpSet, word: Word, rest: readonly Word[], element: SetElement): void {
    const member = this.#set(word);
    if (member.type.method === 'list') this.#fail(word, 'Sets with list:set type cannot be added to the set.');
    if (set.elements.has(word.text)) {
      if (this.#exist) return;
      this.#fail(word, "Element cannot be added to the set: it's already added");
    }
    const [place, other] = rest;
    const at = other === undefined ? -1 : set.members.indexOf(other.text);
    if (place?.text === 'before' && at >= 0) set.members.splice(at, 0, word.text);
    else if (place?.text === 'after' && at >= 0) set.members.splice(at + 1, 0, word.text);
    else set.members.push(word.text);
    set.elements.set(word.text, element);
  }

  #delete(set: IpSet, word: Word): void {
    if (set.type.method === 'list') {
      if (set.elements.delete(word.text)) set.members.splice(set.members.indexOf(word.text), 1);
      else if (!this.#exist) this.#fail(word, "Element cannot be deleted from the set: it's not added");
      return;
    }
    for (const parts of this.#elements(set, word)) {
      if (set.elements.delete(parts.map(({ key }) => key).join(','))) count(set, parts, -1);
      else if (!this.#exist) this.#fail(word, "Element cannot be deleted from the set: it's not added");
    }
  }

  /** Rules name sets by number, so that a swap changes what they mean: names stay, contents go. */
  #swap(one: IpSet, other: IpSet): void {
    this.#sets.set(one.name, { ...other, name: one.name });
    this.#sets.set(other.name, { ...one, name: other.name });
  }

  #rename(set: IpSet, to: string): void {
    this.#sets.delete(set.name);
    this.#sets.set(to, { ...set, name: to });
  }
}

function count(set: IpSet, parts: readonly ElementPart[], by: number): void {
  const lengths = parts.flatMap(({ length }) => (length < 0 ? [] : [length])).join(',');
  if (lengths === '') return;
  const left = (set.lengths.get(lengths) ?? 0) + by;
  if (left > 0) set.lengths.set(lengths, left);
  else set.lengths.delete(lengths);
}

/** `80-90`, `10.0.0.0-10.0.0.9` or `10.0.0.0/24`, as unsigned numbers. */
function rangeOf(text: string): [number, number] {
  const [from = '', to = ''] = rangeText(text).split('-');
  const number = (end: string) => end.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  return [number(from), number(to)];
}

function rangeText(text: string): string {
  const [address = '', length] = text.split('/');
  if (length === undefined) return text;
  const bytes = address.split('.').map(Number);
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const size = 2 ** (32 - Number(length));
  const first = Math.floor(value / size) * size;
  const quad = (number: number) => [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
  return `${quad(first)}-${quad(first + size - 1)}`;
}

/**
 * Carries out a restore text on the sets of a host, in place.
 * @param file the text's name in errors
 * @param nowNs virtual time, from which time-outs count
 * @throws {RulesetError}
 */
export function readSets(sets: Sets, text: string, file: string, nowNs = 0): void {
  new SetReader(sets, file, nowNs).read(text);
}

/**
 * The sets as `ipset save` writes them, in the order of creation, lists behind the sets that they hold. Bucket size and
 * hash seed are left out; elements come in the order in which they were added.
 */
export function printSets(sets: ReadonlyMap<string, IpSet>, nowNs = 0): string {
  const all = [...sets.values()];
  const ordered = [
    ...all.filter(({ type }) => type.method !== 'list'),
    ...all.filter(({ type }) => type.method === 'list'),
  ];
  return ordered.map((set) => printSet(set, nowNs)).join('');
}

function printSet(set: IpSet, nowNs: number): string {
  const { name, type, family, elements, members, timeout } = set;
  const shown = type.method === 'hash' ? ` family ${family === 6 ? 'inet6' : 'inet'}` : '';
  const lines = [`create ${name} ${type.name}${shown}${optionsText(set)}`];
  const keys = type.method === 'list' ? members : elements.keys();
  for (const key of keys) {
    const { text, nomatch, expiresAtNs, more } = elements.get(key)!;
    if (expiresAtNs <= nowNs) continue;
    const left = expiresAtNs === Infinity ? 0 : Math.floor((expiresAtNs - nowNs) / SECOND_NS);
    const time = timeout === undefined ? '' : ` timeout ${left}`;
    lines.push(`add ${name} ${text}${time}${nomatch ? ' nomatch' : ''}${more}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Options in the kernel's own order, with the sizes that it assumes. */
function optionsText({ type, options }: IpSet): string {
  const words = options.trim() === '' ? [] : options.trim().split(' ');
  const given = new Map<string, string>();
  for (let i = 0; i < words.length; i++) {
    const bare = BARE.includes(words[i]!);
    given.set(words[i]!, bare ? '' : words[++i]!);
  }
  if (type.method === 'hash') {
    if (!given.has('hashsize')) given.set('hashsize', '1024');
    if (!given.has('maxelem')) given.set('maxelem', '65536');
  }
  if (type.method === 'list' && !given.has('size')) given.set('size', '8');
  const order = [...WORDED, ...BARE];
  return order
    .filter((name) => given.has(name))
    .map((name) => ` ${name}${given.get(name) === '' ? '' : ` ${given.get(name)}`}`)
    .join('');
}
