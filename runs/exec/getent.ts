/**
 * getent, of glibc: what the hosts file and the resolver know of a name, or of an address.
 * @see https://sourceware.org/git/glibc.git nss/getent.c print_hosts
 */
import { parseAddress } from '../../net/address.ts';
import { RecordType } from '../../net/dns/record.ts';
import { lookupPlan } from '../world/name-lookup.ts';
import { type ExecResult, type Session, said } from './exec-world.ts';
import { lookUp } from './lookup.ts';
import { knownAddress, nameOfAddress, podOfSession } from './name-resolution.ts';

/** Exit code where a key is not found. */
const NOT_FOUND = 2;
const DATABASES: ReadonlySet<string> = new Set(
  'ahosts ahostsv4 ahostsv6 aliases ethers group gshadow initgroups netgroup networks passwd protocols rpc services shadow'.split(
    ' ',
  ),
);

export function getent(session: Session, argv: readonly string[]): ExecResult {
  const [database, ...keys] = argv;
  const usage = "Try `getent --help' or `getent --usage' for more information.\n";
  if (database === undefined) return said('', `getent: wrong number of arguments\n${usage}`, 1);
  if (database !== 'hosts') {
    return DATABASES.has(database) || database.startsWith('-')
      ? said('', `getent: ${database} is not modelled\n`, 1)
      : said('', `Unknown database: ${database}\n${usage}`, 1);
  }
  if (keys.length === 0) return said('', 'getent: hosts without a name is not modelled\n', 1);
  const lines = keys.map((key) => linesOf(session, key));
  return said(lines.flat().join(''), '', lines.every((list) => list.length > 0) ? 0 : NOT_FOUND);
}

/** IPv6 addresses alone, unless a name has none. */
function linesOf(session: Session, key: string): string[] {
  if (parseAddress(key) !== undefined) {
    const name = nameOfAddress(session, key);
    return name === undefined ? [] : [line(key, name)];
  }
  const known = knownAddress(session, key);
  if (known !== undefined) return [line(known, nameOfAddress(session, known) ?? key)];
  const plan = lookupPlan(podOfSession(session), key, session.simulation.world.names);
  const { addresses, answers } = lookUp(session, plan);
  const six = addresses.filter((address) => address.includes(':'));
  const records = answers.flatMap(({ message }) => message.answer);
  const owner = records.find(({ type }) => type === RecordType.A || type === RecordType.AAAA)?.name;
  return (six.length > 0 ? six : addresses).map((address) => line(address, owner?.replace(/\.$/, '') ?? key));
}

function line(address: string, name: string): string {
  return `${address.padEnd(15)} ${name}\n`;
}
