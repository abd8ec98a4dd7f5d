/**
 * ss, sysctl and hostname.
 */
import { NetCommandKind } from '../../net/command.ts';
import { formatSockets, type SocketFilter } from '../../net/view/socket-list.ts';
import { type ExecResult, type Session, said } from './exec-world.ts';

export function ss({ simulation, host }: Session, argv: readonly string[]): ExecResult {
  const letters = argv
    .filter((word) => /^-\w+$/.test(word))
    .join('')
    .replaceAll('-', '');
  const unknown = [...letters].find((letter) => !'tulanHp4'.includes(letter));
  if (unknown !== undefined) return said('', `ss: invalid option -- '${unknown}'\n`, 255);
  const filter: SocketFilter = {
    tcp: letters.includes('t'),
    udp: letters.includes('u'),
    listening: letters.includes('l'),
    all: letters.includes('a'),
    numeric: letters.includes('n'),
    header: !letters.includes('H'),
  };
  return said(formatSockets(simulation.world.net, host, filter));
}

/** Shows a setting, or sets it with `-w` or `NAME=VALUE`. */
export function sysctl({ simulation, host }: Session, argv: readonly string[]): ExecResult {
  const bare = argv.includes('-n');
  const words = argv.filter((word) => !word.startsWith('-'));
  let stdout = '';
  let stderr = '';
  if (argv.includes('-a')) words.push(...[...host.sysctls.values.keys()].sort());
  for (const word of words) {
    const at = word.indexOf('=');
    const name = (at < 0 ? word : word.slice(0, at)).replaceAll('/', '.');
    if (!host.sysctls.values.has(name)) {
      stderr += `sysctl: cannot stat /proc/sys/${name.replaceAll('.', '/')}: No such file or directory\n`;
      continue;
    }
    if (at >= 0) {
      const text = `${name}=${word.slice(at + 1)}`;
      simulation.schedule({ kind: NetCommandKind.SetSysctl, at: simulation.nowNs, host: host.id, text });
      simulation.runUntil(simulation.nowNs);
    }
    const value = host.sysctls.values.get(name)!.replace(/\s+/g, '\t');
    stdout += bare ? `${value}\n` : `${name} = ${value}\n`;
  }
  return said(stdout, stderr, stderr === '' ? 0 : 1);
}

export function hostname({ simulation, host, pod }: Session, argv: readonly string[]): ExecResult {
  if (!argv.includes('-I') && !argv.includes('-i')) return said(`${pod?.name ?? host.name}\n`);
  const { net } = simulation.world;
  const own = host.interfaces
    .map((id) => net.interface(id))
    .filter(({ name }) => name !== 'lo')
    .flatMap(({ addresses }) => addresses.map(({ address }) => `${net.addresses.text(address)} `));
  return said(`${own.join('')}\n`);
}
