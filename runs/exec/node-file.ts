/**
 * The files that can be read: of every machine and pod its resolver's and its hosts file, of a node the folder of its static pods. Whoever
 * writes one there changes a pod.
 */
import { ClusterCommandKind } from '../../controllers/command.ts';
import type { Component } from '../../controllers/component.ts';
import { podHostname } from '../../controllers/kubelet/pod-hostname.ts';
import { MANIFEST_FOLDER, type NodeFileText } from '../../controllers/kubelet/static-pod.ts';
import { isManifest, type Manifest, objectAt } from '../../controllers/object/manifest.ts';
import { formatResolverConfig } from '../../net/dns/resolver-config.ts';
import { InputError } from '../input-error.ts';
import { parseManifest } from '../manifest/document.ts';
import { hostsFile, resolverConfigOf } from '../world/name-lookup.ts';
import { type ExecResult, type Session, said } from './exec-world.ts';
import { podOfSession } from './name-resolution.ts';

/** @see resolv.conf(5) */
const RESOLVER_FILE = '/etc/resolv.conf';

/** @see hosts(5) */
const HOSTS_FILE = '/etc/hosts';

/** @see kubernetes pkg/kubelet/kubelet_pods.go managedHostsFileContent, nodeHostsFileContent */
function hostsText(session: Session): string {
  const { net, names } = session.simulation.world;
  const pod = podOfSession(session);
  if (pod !== undefined && pod.spec.hostNetwork !== true) {
    const own = podHostname(pod, names.clusterDomain).hostsLine;
    const lines = [
      '# Kubernetes-managed hosts file.',
      '127.0.0.1\tlocalhost',
      '::1\tlocalhost ip6-localhost ip6-loopback',
      'fe00::0\tip6-localnet',
      'fe00::0\tip6-mcastprefix',
      'fe00::1\tip6-allnodes',
      'fe00::2\tip6-allrouters',
      ...(own.length === 0 ? [] : [own.join('\t')]),
      ...aliasLines(pod.spec.hostAliases),
    ];
    return lines.map((line) => `${line}\n`).join('');
  }
  const head = pod === undefined ? '' : '# Kubernetes-managed hosts file (host network).\n';
  const machines = net.hosts.flatMap((host) => {
    const address =
      host === undefined || host.role === 'pod'
        ? undefined
        : hostsFile(session.simulation.world, undefined, host.name, names);
    return address === undefined ? [] : [`${address}\t${host!.name}\n`];
  });
  return `${head}127.0.0.1\tlocalhost\n${machines.join('')}`;
}

function aliasLines(aliases: readonly unknown[] | undefined): string[] {
  if (aliases === undefined || aliases.length === 0) return [];
  const lines = aliases.map((alias) => {
    const { ip, hostnames = [] } = alias as { readonly ip: string; readonly hostnames?: readonly string[] };
    return [ip, ...hostnames].join('\t');
  });
  return ['', '# Entries added by HostAliases.', ...lines];
}

/** The kubelet of the machine that a line is typed on; a pod has files of its own, which are not known. */
function kubeletOf({ simulation, host, pod }: Session): Component | undefined {
  if (pod !== undefined) return undefined;
  return [...simulation.world.cluster.kubelets.values()].find(({ node }) => node?.host === host.id);
}

/** @returns `undefined` where there is no such file */
export function readFile(session: Session, path: string): string | undefined {
  if (path === RESOLVER_FILE)
    return formatResolverConfig(resolverConfigOf(podOfSession(session), session.simulation.world.names));
  if (path === HOSTS_FILE) return hostsText(session);
  return kubeletOf(session)?.files.get(path)?.text;
}

/** @param text absent: the file goes */
export function writeFile(session: Session, path: string, text?: string): void {
  const kubelet = kubeletOf(session);
  const { simulation } = session;
  if (kubelet === undefined) return;
  const manifest = text === undefined ? undefined : podIn(path, text);
  const file: NodeFileText = {
    path,
    ...(text === undefined ? {} : { text }),
    ...(manifest === undefined ? {} : { manifest }),
  };
  simulation.schedule({
    kind: ClusterCommandKind.WriteNodeFile,
    at: simulation.nowNs,
    node: kubelet.node!.name,
    text: JSON.stringify(file),
  });
  simulation.runUntil(simulation.nowNs);
}

/** The pod that a file says; a kubelet passes over a file that it can't read. */
function podIn(name: string, text: string): Manifest | undefined {
  try {
    const [document] = parseManifest({ name, text });
    const value = document?.value;
    return isManifest(value) && value['kind'] === 'Pod' && objectAt(value, 'metadata')['name'] !== undefined
      ? value
      : undefined;
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

function missing(tool: string, path: string): string {
  return `${tool}: ${path}: No such file or directory\n`;
}

export function cat(session: Session, argv: readonly string[]): ExecResult {
  const paths = argv.filter((word) => word === '-' || !word.startsWith('-'));
  if (paths.length === 0) return said(session.stdin);
  let stdout = '';
  let stderr = '';
  for (const path of paths) {
    const text = path === '-' ? session.stdin : readFile(session, path);
    if (text === undefined) stderr += missing('cat', path);
    else stdout += text;
  }
  return said(stdout, stderr, stderr === '' ? 0 : 1);
}

/** Names in the folder of static pods, which is the only one. */
export function ls(session: Session, argv: readonly string[]): ExecResult {
  const [given = MANIFEST_FOLDER] = argv.filter((word) => !word.startsWith('-'));
  const folder = given.replace(/\/+$/, '');
  const paths = [...(kubeletOf(session)?.files.keys() ?? [])];
  if (paths.includes(folder)) return said(`${folder}\n`);
  const names = paths
    .filter((path) => path.slice(0, path.lastIndexOf('/')) === folder)
    .map((path) => path.slice(folder.length + 1));
  if (names.length === 0 && folder !== MANIFEST_FOLDER) {
    return said('', `ls: cannot access '${given}': No such file or directory\n`, 2);
  }
  return said(
    names
      .sort()
      .map((name) => `${name}\n`)
      .join(''),
  );
}

export function rm(session: Session, argv: readonly string[]): ExecResult {
  let stderr = '';
  for (const path of argv.filter((word) => !word.startsWith('-'))) {
    if (readFile(session, path) !== undefined) writeFile(session, path);
    else if (!argv.includes('-f')) stderr += `rm: cannot remove '${path}': No such file or directory\n`;
  }
  return said('', stderr, stderr === '' ? 0 : 1);
}

/** `mv FILE FOLDER`, `mv FILE FILE`: how one stops a static pod, and starts it again. */
export function mv(session: Session, argv: readonly string[]): ExecResult {
  return copied(session, argv, 'mv');
}

export function cp(session: Session, argv: readonly string[]): ExecResult {
  return copied(session, argv, 'cp');
}

function copied(session: Session, argv: readonly string[], tool: 'mv' | 'cp'): ExecResult {
  const words = argv.filter((word) => !word.startsWith('-'));
  const [from = '', to = ''] = words;
  if (words.length < 2) {
    const what = words.length === 0 ? 'missing file operand' : `missing destination file operand after '${from}'`;
    return said('', `${tool}: ${what}\nTry '${tool} --help' for more information.\n`, 1);
  }
  const text = readFile(session, from);
  if (text === undefined) return said('', `${tool}: cannot stat '${from}': No such file or directory\n`, 1);
  const isFolder = to.endsWith('/') || !/\.[a-z]+$/.test(to);
  const path = isFolder ? `${to.replace(/\/+$/, '')}/${from.slice(from.lastIndexOf('/') + 1)}` : to;
  writeFile(session, path, text);
  if (tool === 'mv') writeFile(session, from);
  return said('');
}
