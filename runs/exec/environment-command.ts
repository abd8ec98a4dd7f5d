/**
 * env and printenv, and the variables that a shell on that host has.
 */
import { podEnvironment } from '../../controllers/environment/pod-environment.ts';
import type { Variable } from '../../controllers/environment/service-variables.ts';
import { type ExecResult, type Session, said } from './exec-world.ts';

const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** In the order in which a container runtime puts them: the image's, the machine's name, what the kubelet gave, HOME. */
export function variablesOf({ simulation, host, pod }: Session): readonly Variable[] {
  const path: Variable = ['PATH', SEARCH_PATH];
  const home: Variable = ['HOME', '/root'];
  if (pod === undefined) return [path, ['HOSTNAME', host.name], home];
  const { cluster } = simulation.world;
  const object = cluster.store.get('Pod', pod.namespace, pod.name);
  if (object === undefined) return [path, home];
  const hostname = object.spec.hostNetwork === true ? host.name : (object.spec.hostname ?? pod.name);
  const given = podEnvironment(cluster, object, pod.container);
  const all = new Map<string, string>([path, ['HOSTNAME', hostname], ...given]);
  if (!all.has('HOME')) all.set(...home);
  return [...all];
}

/** Without words: all variables. Words are settings, and a command, which is not run in a changed environment here. */
export function env(session: Session, argv: readonly string[]): ExecResult {
  const words = argv.filter((word) => !word.startsWith('-'));
  const variables = new Map(variablesOf(session));
  for (const word of words) {
    const at = word.indexOf('=');
    if (at <= 0) return said('', `env: running '${word}' is not modelled\n`, 125);
    variables.set(word.slice(0, at), word.slice(at + 1));
  }
  return said([...variables].map(([name, value]) => `${name}=${value}\n`).join(''));
}

export function printenv(session: Session, argv: readonly string[]): ExecResult {
  const variables = new Map(variablesOf(session));
  if (argv.length === 0) return env(session, []);
  const found = argv.flatMap((name) => (variables.has(name) ? [`${variables.get(name)}\n`] : []));
  return said(found.join(''), '', found.length === argv.length ? 0 : 1);
}
