/**
 * The network namespaces of labs: made, listed and deleted by name.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { namespaceOwner } from './namespace-name.ts';

/** Where iproute2 keeps them. @see ip-netns(8) */
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

/** Makes network namespaces. @throws {Error} iproute2's complaint */
export async function addNamespaces(names: readonly string[]): Promise<void> {
  const child = spawn('ip', ['-batch', '-'], { stdio: ['pipe', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  child.stdin.end(names.map((name) => `netns add ${name}\n`).join(''));
  const status = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (status !== 0) throw new Error(`ip: ${complaint.trim().split('\n')[0]}`);
}

/**
 * Deletes network namespaces, and with them their interfaces and rules; waits for it, so that it works at the end of
 * the process too. Names that are already gone are passed over.
 */
export function deleteNamespaces(names: readonly string[]): void {
  if (names.length === 0) return;
  const input = names.map((name) => `netns delete ${name}\n`).join('');
  spawnSync('ip', ['-force', '-batch', '-'], { input, stdio: ['pipe', 'ignore', 'ignore'] });
}
