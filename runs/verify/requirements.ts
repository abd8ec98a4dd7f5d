/**
 * What the kernel laboratory needs of its machine, and whether it is there.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Each outside tool with the Debian package that brings it. */
const TOOLS: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  bridge: 'iproute2',
  'iptables-restore': 'iptables',
  'iptables-save': 'iptables',
  ipset: 'ipset',
  conntrack: 'conntrack',
  unshare: 'util-linux',
  perl: 'perl-base',
};

/** Kernel features that come as modules, each with a trial in a namespace that is gone right after. */
const TRIALS: readonly (readonly [feature: string, command: string])[] = [
  ['veth', 'ip link add name trial0 type veth peer name trial1'],
  ['bridge', 'ip link add name trial2 type bridge'],
  ['vxlan', 'ip link add name trial3 type vxlan id 1 dstport 4789 local 127.0.0.1'],
  ['br_netfilter', 'test -e /proc/sys/net/bridge/bridge-nf-call-iptables'],
  [
    "netfilter's nat table",
    "printf '*nat\\n-A OUTPUT -p tcp -m addrtype --dst-type LOCAL -j DNAT --to 127.0.0.1\\nCOMMIT\\n' | iptables-restore -w 30",
  ],
  ['nf_conntrack', 'conntrack -L'],
];

/** Whether a program stands in one of PATH's folders. */
export function isInPath(tool: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Tries each kernel feature in one new namespace: root in a container often may not, and only trying tells. */
function missingFeatures(): string[] {
  const trials = TRIALS.map(([feature, command]) => `{ ${command}; } >/dev/null 2>&1 || echo "${feature}"`);
  const { status, stdout } = spawnSync('unshare', ['--net', 'sh', '-c', `${trials.join('\n')}\necho end`], {
    encoding: 'utf8',
  });
  if (status !== 0 || !stdout.endsWith('end\n')) {
    return ['the right to make network namespaces (CAP_SYS_ADMIN and CAP_NET_ADMIN)'];
  }
  return stdout
    .split('\n')
    .filter((line) => line !== '' && line !== 'end')
    .map((feature) => `${feature} in the kernel`);
}

/**
 * What is missing to build networks on this machine's kernel.
 * @returns one line that names all of it, or `undefined` when nothing is missing
 */
export function missingRequirements(): string | undefined {
  if (process.platform !== 'linux') return 'verify needs Linux';
  const missing = process.getuid?.() === 0 ? [] : ['root'];
  for (const [tool, debianPackage] of Object.entries(TOOLS)) {
    if (!isInPath(tool)) missing.push(`${tool} (Debian package ${debianPackage})`);
  }
  if (missing.length === 0) missing.push(...missingFeatures());
  return missing.length === 0 ? undefined : `verify needs ${missing.join(', ')}`;
}
