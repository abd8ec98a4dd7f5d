/**
 * ss, sysctl, hostname and sleep.
 */
import { podHostname } from '../../controllers/kubelet/pod-hostname.ts';
import { NetCommandKind } from '../../net/command.ts';
import { formatSockets, type SocketFilter } from '../../net/view/socket-list.ts';
import { type ExecResult, type Session, said } from './exec-world.ts';
import { podOfSession } from './name-resolution.ts';

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

/** Lets time pass; a timeline has instants of its own for that. */
export function sleep({ simulation, deferred }: Session, argv: readonly string[]): ExecResult {
  const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
  let ns = 0;
  for (const word of argv) {
    const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(word);
    if (match === null) return said('', `sleep: invalid time interval ‘${word}’\n`, 1);
    ns += Number(match[1]) * (units[match[2] || 's'] ?? 1) * 1e9;
  }
  if (argv.length === 0) return said('', 'sleep: missing operand\n', 1);
  if (deferred) return said('', 'sleep: nobody waits on a timeline: give the next command an instant of its own\n', 1);
  simulation.runUntil(simulation.nowNs + Math.round(ns));
  return said('');
}

/** A pod's is what its kubelet gave it; one on its node's network has the node's. */
export function hostname(session: Session, argv: readonly string[]): ExecResult {
  const { simulation, host } = session;
  const { net, names } = simulation.world;
  const pod = podOfSession(session);
  const own =
    pod === undefined || pod.spec.hostNetwork === true
      ? { hostname: host.name, fqdn: host.name }
      : podHostname(pod, names.clusterDomain);
  const [option, more] = argv;
  const addresses = host.interfaces
    .map((id) => net.interface(id))
    .filter(({ name }) => name !== 'lo')
    .flatMap((device) => device.addresses.map(({ address }) => net.addresses.text(address)));
  if (more !== undefined) return said('', 'hostname: more than one word is not modelled\n', 1);
  switch (option) {
    case undefined:
      return said(`${own.hostname}\n`);
    case '-f':
    case '--fqdn':
    case '--long':
      return said(`${own.fqdn}\n`);
    case '-s':
    case '--short':
      return said(`${own.hostname.split('.')[0]}\n`);
    case '-d':
    case '--domain':
      return said(`${own.fqdn.split('.').slice(1).join('.')}\n`);
    case '-i':
    case '--ip-address':
      return said(`${addresses.join(' ')}\n`);
    case '-I':
    case '--all-ip-addresses':
      return said(`${addresses.map((address) => `${address} `).join('')}\n`);
    default:
      return said('', `hostname: ${option} is not modelled\n`, 1);
  }
}
