/**
 * What the kernel laboratory needs of its machine, and whether it is there.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Each outside tool with the Debian package that brings it. */
const TOOLS: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  'iptables-restore': 'iptables',
  'iptables-save': 'iptables',
  conntrack: 'conntrack',
  perl: 'perl-base',
};

/** Whether a program stands in one of PATH's folders. */
function isInPath(tool: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * What is missing to build networks on this machine's kernel.
 * @returns one line that names all of it, or `undefined` when nothing is missing
 */
export function missingRequirements(): string | undefined {
  const missing: string[] = [];
  if (process.platform !== 'linux') return 'verify needs Linux';
  if (process.getuid?.() !== 0) missing.push('root');
  for (const [tool, debianPackage] of Object.entries(TOOLS)) {
    if (!isInPath(tool)) missing.push(`${tool} (Debian package ${debianPackage})`);
  }
  if (missing.length === 0) {
    // Root in a container often may not make namespaces: only trying tells.
    const trial = spawnSync('unshare', ['--net', 'true'], { encoding: 'utf8' });
    if (trial.status !== 0) missing.push('the right to make network namespaces (CAP_SYS_ADMIN, CAP_NET_ADMIN)');
  }
  return missing.length === 0 ? undefined : `verify needs ${missing.join(', ')}`;
}
