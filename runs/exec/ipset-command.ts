/**
 * ipset: the sets of a host, as `list` and `save` show them. They are those that a scenario gives: nothing typed changes
 * them. What only a kernel knows of them, their size in memory and the seeds of their hashes, is left out.
 * @see ipset(8) (texts of 7.17, revisions of Linux 6.18)
 */
import { printSets } from '../../net/netfilter/ipset/set-text.ts';
import { printRuleset } from '../../net/netfilter/print.ts';
import { type ExecResult, type Session, said } from './exec-world.ts';

const VERSION = 'v7.17';

/** Newest revision of each type. */
const REVISIONS: Readonly<Record<string, number>> = {
  'bitmap:ip': 3,
  'bitmap:ip,mac': 3,
  'bitmap:port': 3,
  'hash:ip': 6,
  'hash:mac': 1,
  'hash:ip,mac': 1,
  'hash:ip,mark': 3,
  'hash:net': 7,
  'hash:net,net': 4,
  'hash:ip,port': 7,
  'hash:ip,port,ip': 6,
  'hash:ip,port,net': 8,
  'hash:net,port': 8,
  'hash:net,port,net': 3,
  'hash:net,iface': 8,
  'list:set': 3,
};

/** One set out of what `ipset save` writes. */
interface SavedSet {
  readonly name: string;
  readonly type: string;
  readonly header: string;
  readonly members: string[];
  readonly text: string;
}

export function ipset(session: Session, argv: readonly string[]): ExecResult {
  const words = argv.filter((word) => !word.startsWith('-'));
  const options = argv.filter((word) => word.startsWith('-'));
  if (options.some((word) => /^(-v|--version)$/.test(word))) return said(`ipset ${VERSION}, protocol version: 7\n`);
  const [given = '', name] = words;
  const command =
    given !== ''
      ? given
      : options.some((word) => /^(-L|--list)$/.test(word))
        ? 'list'
        : options.includes('-S')
          ? 'save'
          : '';
  const wanted = given === '' ? words[0] : name;
  const sets = savedSets(session);
  const chosen = wanted === undefined ? sets : sets.filter((set) => set.name === wanted);
  if (command !== 'list' && command !== 'save') {
    return said(
      '',
      `ipset ${VERSION}: ${command === '' ? 'No command specified.' : `${command} is not modelled: sets are those of the scenario`}\n`,
      1,
    );
  }
  if (wanted !== undefined && chosen.length === 0) {
    return said('', `ipset ${VERSION}: The set with the given name does not exist\n`, 1);
  }
  if (command === 'save') return said(chosen.map(({ text }) => text).join(''));
  if (options.some((word) => /^(-n|--name)$/.test(word))) return said(chosen.map((set) => `${set.name}\n`).join(''));
  const terse = options.some((word) => /^(-t|--terse)$/.test(word));
  return said(chosen.map((set) => listing(session, sets, set, terse)).join('\n'));
}

function savedSets({ simulation, host }: Session): readonly SavedSet[] {
  const found: SavedSet[] = [];
  const text = printSets(host.ipsets, simulation.nowNs);
  for (const line of text.split('\n')) {
    const [verb, name = '', type = '', ...rest] = line.split(' ');
    if (verb === 'create') found.push({ name, type, header: rest.join(' '), members: [], text: '' });
    else if (verb === 'add') found.at(-1)!.members.push([type, ...rest].join(' '));
  }
  return found.map((set) => ({
    ...set,
    text:
      `create ${set.name} ${set.type} ${set.header}`.trimEnd() +
      '\n' +
      set.members.map((member) => `add ${set.name} ${member}\n`).join(''),
  }));
}

function listing({ host }: Session, all: readonly SavedSet[], set: SavedSet, terse: boolean): string {
  const { name, type, header, members } = set;
  const rules = printRuleset(host.ruleset, host.counters).split('\n');
  const inRules = rules.filter((line) =>
    line.split(' ').some((word, i, words) => word === name && /^--(match|add|del)-set$/.test(words[i - 1] ?? '')),
  ).length;
  const inLists = all.filter(
    (other) => other.type === 'list:set' && other.members.some((member) => member.split(' ')[0] === name),
  ).length;
  const lines = [
    `Name: ${name}`,
    `Type: ${type}`,
    `Revision: ${REVISIONS[type] ?? 0}`,
    `Header: ${header}`,
    `References: ${inRules + inLists}`,
    `Number of entries: ${members.length}`,
    ...(terse ? [] : ['Members:', ...members]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
