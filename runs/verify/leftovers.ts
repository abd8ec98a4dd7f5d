/**
 * Removes what labs leave behind. A lab removes its own namespaces when it closes and when its process ends; after
 * `kill -9` nobody does, and `kubehop verify --clean` comes here. Namespaces of runs that still live are left alone.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { isOrphan, namespaceOwner } from './namespace-name.ts';

const NAMESPACE_FOLDER = '/run/netns';

/** Names of the network namespaces that labs have made, in order. */
export function labNamespaces(): string[] {
  try {
    return readdirSync(NAMESPACE_FOLDER)
      .filter((name) => namespaceOwner(name) !== undefined)
      .sort();
  } catch {
    return [];
  }
}

/** Deletes network namespaces, and with them their interfaces and rules. Names that are already gone are passed over. */
export function deleteNamespaces(names: readonly string[]): void {
  if (names.length === 0) return;
  const input = names.map((name) => `netns delete ${name}\n`).join('');
  spawnSync('ip', ['-force', '-batch', '-'], { input, stdio: ['pipe', 'ignore', 'ignore'] });
}

/** Ends whatever still runs in a namespace that a lab made. */
function endProcesses(namespace: string): void {
  const { stdout } = spawnSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' });
  for (const pid of (stdout ?? '').split('\n').map(Number)) {
    if (pid <= 1 || pid === process.pid) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself meanwhile.
    }
  }
}

/**
 * Removes the namespaces of labs whose process is gone, and what still runs in them.
 * @returns the names that were removed
 */
export function removeLeftovers(): string[] {
  const orphans = labNamespaces().filter((name) => {
    const owner = namespaceOwner(name);
    return owner !== undefined && isOrphan(owner);
  });
  for (const name of orphans) endProcesses(name);
  deleteNamespaces(orphans);
  const left = new Set(labNamespaces());
  return orphans.filter((name) => !left.has(name));
}
