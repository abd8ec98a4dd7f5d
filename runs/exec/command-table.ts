/**
 * The commands that can be typed, by name.
 */
import { conntrack } from './conntrack-command.ts';
import { curl } from './curl.ts';
import { dig } from './dig.ts';
import { host, nslookup } from './dns-tools.ts';
import { env, printenv } from './environment-command.ts';
import type { Command } from './exec-world.ts';
import { echo, grep, head, printf, sort, tail, uniq, wc } from './filter.ts';
import { getent } from './getent.ts';
import { ip } from './ip-command.ts';
import { ipset } from './ipset-command.ts';
import { iptables, iptablesRestore, iptablesSave } from './iptables-command.ts';
import { kubectlCommand } from './kubectl-command.ts';
import { nc } from './nc.ts';
import { cat, cp, ls, mv, rm } from './node-file.ts';
import { ping } from './ping.ts';
import { sed } from './sed.ts';
import { hostname, sleep, ss, sysctl } from './system-command.ts';
import { traceroute } from './traceroute.ts';
import { wget } from './wget.ts';

export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['kubectl', kubectlCommand],
  ['k', kubectlCommand],
  ['curl', curl],
  ['wget', wget],
  ['nc', nc],
  ['netcat', nc],
  ['ping', ping],
  ['nslookup', nslookup],
  ['dig', dig],
  ['host', host],
  ['ip', ip],
  ['ss', ss],
  ['sysctl', sysctl],
  ['hostname', hostname],
  ['getent', getent],
  ['env', env],
  ['printenv', printenv],
  ['iptables', iptables],
  ['iptables-save', iptablesSave],
  ['iptables-restore', iptablesRestore],
  ['conntrack', conntrack],
  ['ipset', ipset],
  ['traceroute', traceroute],
  ['grep', grep],
  ['head', head],
  ['tail', tail],
  ['wc', wc],
  ['sort', sort],
  ['uniq', uniq],
  ['cat', cat],
  ['ls', ls],
  ['rm', rm],
  ['mv', mv],
  ['cp', cp],
  ['sed', sed],
  ['echo', echo],
  ['printf', printf],
  ['sleep', sleep],
  ['true', () => ({ stdout: '', stderr: '', exitCode: 0 })],
  ['false', () => ({ stdout: '', stderr: '', exitCode: 1 })],
]);
