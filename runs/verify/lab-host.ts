/**
 * One host of a lab: its namespace's shell, the steps that furnish it, and what can be read there.
 */

import type { HostPlan } from './build-plan.ts';
import { type ConntrackLine, parseConntrack } from './conntrack-text.ts';
import { LabError } from './lab-error.ts';
import { type CommandResult, NamespaceShell } from './namespace-shell.ts';
import { parseRuleCounters, type RuleCounter } from './rule-counters.ts';
import { splitProbes, withoutProbes, withProbes } from './rule-probe.ts';
import { ruleDifferences } from './rule-readback.ts';

/** What a host's kernel has counted and tracked at one instant. */
export interface HostReading {
  readonly rules: readonly RuleCounter[];
  /** How often each rule was looked at, where probes stand before the rules. */
  readonly reached?: readonly RuleCounter[];
  readonly conntrack: readonly ConntrackLine[];
}

/** Writes `path value` lines under /proc/sys, prints the paths that refuse. */
const WRITE_SETTINGS = `while read -r path value; do
  { echo "$value" > "/proc/sys/$path"; } 2>/dev/null || echo "$path"
done`;

/**
 * Waits until no interface named in the input is down any more, for 3 s at most, and prints those that still are: until
 * the kernel has worked through its link events, an interface that is up drops what it is given.
 * @see net/core/link_watch.c linkwatch_do_dev
 */
const AWAIT_LINKS = `read -r names
for turn in $(seq 150); do
  waiting=
  for name in $names; do
    read -r state < "/sys/class/net/$name/operstate"
    case $state in *down) waiting="$waiting $name" ;; esac
  done
  [ -z "$waiting" ] && break
  sleep 0.02
done
echo $waiting`;

const NO_READING: HostReading = { rules: [], conntrack: [] };
const READING_MARK = '%% conntrack';

/** The chains that the kernel brings. @see iptables(8) "TABLES" */
const BUILT_IN_CHAINS: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};

function emptyTable(table: string): string {
  const policies = (BUILT_IN_CHAINS[table] ?? []).map((chain) => `:${chain} ACCEPT [0:0]\n`);
  return `*${table}\n${policies.join('')}COMMIT\n`;
}

export class LabHost {
  readonly name: string;
  readonly namespace: string;
  private readonly shell: NamespaceShell;
  /** Tables that were ever loaded. */
  private readonly tables = new Set<string>();
  /** Whether there may be anything to read: a kernel without rules tracks nothing. */
  private mayCount = false;
  private readonly probed: boolean;

  /** @param probed whether a probe stands before each rule */
  constructor(plan: HostPlan, probed = false) {
    this.probed = probed;
    this.name = plan.host;
    this.namespace = plan.namespace;
    this.shell = new NamespaceShell(plan.namespace);
  }

  /** Runs a command line of `sh` in the namespace. */
  run(command: string, input = ''): Promise<CommandResult> {
    return this.shell.run(command, input);
  }

  /** Runs a command line that may do anything, load rules too. */
  runForeign(command: string, input: string): Promise<CommandResult> {
    this.mayCount = true;
    return this.run(command, input);
  }

  /** Runs lines of one of iproute2's tools. @throws {LabError} the tool's complaint with the line that it is about */
  async batch(tool: 'ip' | 'bridge', lines: string): Promise<void> {
    if (lines === '') return;
    const { status, stderr } = await this.run(`${tool} -batch -`, lines);
    if (status === 0) return;
    const at = Number(/failed -:(\d+)/.exec(stderr)?.[1] ?? 0);
    const line = lines.split('\n')[at - 1] ?? '';
    throw new LabError(`${this.name || this.namespace}: ${tool} ${line}: ${stderr.split('\n')[0]}`);
  }

  /** Writes settings. @returns the paths that the kernel refused */
  async write(settings: readonly string[]): Promise<string[]> {
    if (settings.length === 0) return [];
    const { stdout } = await this.run(WRITE_SETTINGS, settings.map((line) => `${line}\n`).join(''));
    return stdout.split('\n').filter((path) => path !== '');
  }

  /** Waits until links carry packets. @throws {Error} when one of them never does */
  async awaitLinks(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const { stdout } = await this.run(AWAIT_LINKS, `${names.join(' ')}\n`);
    if (stdout.trim() !== '') throw new Error(`${this.name || this.namespace}: no link on ${stdout.trim()}`);
  }

  /** Names of the interfaces by index. */
  async interfaces(): Promise<Map<number, string>> {
    const { stdout } = await this.run('grep -H . /sys/class/net/*/ifindex');
    return new Map(
      [...stdout.matchAll(/^\/sys\/class\/net\/([^/]+)\/ifindex:(\d+)$/gm)].map((entry) => [
        Number(entry[2]),
        entry[1] as string,
      ]),
    );
  }

  /**
   * Makes iptables-save text the host's rules, all of them: tables that an earlier text had and this one has not are
   * emptied. Reads back what the kernel then has.
   * @returns how that differs from what was meant; empty: it does not
   */
  async loadRules(text: string): Promise<string[]> {
    const tables = new Set([...text.matchAll(/^\*\s*(\w+)/gm)].map((table) => table[1] as string));
    const gone = [...this.tables].filter((table) => !tables.has(table));
    if (tables.size === 0 && gone.length === 0) return [];
    for (const table of tables) this.tables.add(table);
    this.mayCount = true;
    const ending = text === '' || text.endsWith('\n') ? '' : '\n';
    const { status, stderr } = await this.run(
      'iptables-restore -w 30',
      `${this.probed ? withProbes(text) : text}${ending}${gone.map(emptyTable).join('')}`,
    );
    if (status !== 0) return [`${this.name}: iptables-restore: ${stderr.trim().replaceAll('\n', '; ')}`];
    return this.compareRules(text);
  }

  /**
   * Makes the sets of an `ipset save` text, in a namespace that has none yet.
   * @returns why that was refused; empty: it was not
   */
  async loadSets(text: string): Promise<string[]> {
    if (text === '') return [];
    const { status, stderr } = await this.run('ipset restore', text);
    return status === 0 ? [] : [`${this.name}: ipset restore: ${stderr.trim().replaceAll('\n', '; ')}`];
  }

  /** How the rules that the host has now differ from a text. */
  async compareRules(meant: string): Promise<string[]> {
    const { status, stdout, stderr } = await this.run('iptables-save');
    if (status !== 0) return [`${this.name}: iptables-save: ${stderr.trim()}`];
    return ruleDifferences(this.name, meant, this.probed ? withoutProbes(stdout) : stdout);
  }

  /** Gives up neighbours whose answer is waited for; the senders of what waits are told now. @see ip-neighbour(8) */
  async forgetNeighbours(): Promise<void> {
    await this.run('ip neighbour flush nud incomplete');
  }

  /** Rule counters and connection tracking. */
  async read(): Promise<HostReading> {
    if (!this.mayCount) return NO_READING;
    const { stdout } = await this.run(`iptables-save -c; echo '${READING_MARK}'; conntrack -L -o id`);
    const [rules = '', conntrack = ''] = stdout.split(`${READING_MARK}\n`);
    const counters = parseRuleCounters(rules);
    const connections = { conntrack: parseConntrack(conntrack) };
    return this.probed ? { ...splitProbes(counters), ...connections } : { rules: counters, ...connections };
  }

  close(): void {
    this.shell.close();
  }
}
