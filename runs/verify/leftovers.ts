/**
 * Removes what labs leave behind. A lab removes its own namespaces when it closes and when its process ends; after
 * `kill -9` nobody does, and `kubehop verify --clean` comes here. Namespaces of runs that still live are left alone.
 */
import { spawnSync } from 'node:child_process';
import { deleteNamespaces, labNamespaces } from './namespace.ts';
import { isOrphan, namespaceOwner } from './namespace-name.ts';

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
