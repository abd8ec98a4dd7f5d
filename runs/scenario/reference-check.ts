/**
 * Whether every name that a scenario mentions is one that it has.
 */
import { InputError, type Where } from '../input-error.ts';
import type { Path } from '../manifest/locator.ts';
import { KnownNames } from './known-names.ts';
import type { Scenario } from './scenario.ts';
import { COMPONENTS, type Fault } from './schema/timeline.ts';
import { didYouMean } from './suggestion.ts';
import type { Destination, Origin, Target } from './target.ts';

/** @throws {InputError} at the first name that is not known */
export function checkReferences(scenario: Scenario): void {
  const known = knownNames(scenario);
  const at = (...path: Path): Where => scenario.locator.value(['spec', ...path]);
  checkDoubles(scenario);
  scenario.traffic.forEach(({ from, to, name }, i) => {
    checkOrigin(from, known, at('traffic', i, 'from'));
    const mayFail = scenario.expect.some((entry) => entry.traffic === name && entry.outcome === 'unresolved');
    if (!mayFail) checkDestination(to.destination, scenario.kubernetes.clusterDomain, known, at('traffic', i, 'to'));
  });
  scenario.timeline.forEach(({ fault, on }, i) => {
    if (on !== undefined) checkOrigin(on, known, at('timeline', i, 'on'));
    if (fault !== undefined)
      checkFault(fault, known, at('timeline', i, 'fault'), (key) => at('timeline', i, 'fault', key));
  });
  for (const key of ['rules', 'ipsets'] as const) {
    for (const { host: name } of scenario[key]) {
      if (known.nodes.has(name) || known.hosts.has(name)) continue;
      const where = scenario.locator.key(['spec', key, name]);
      throw new InputError(where, `There is no node or host "${name}"${didYouMean(name, machines(known))}`);
    }
  }
  scenario.pins.pods.forEach(({ node }, i) => {
    if (node !== undefined) checkNode(node, known, at('pins', 'pods', i, 'node'));
  });
  scenario.links.pairs.forEach(({ between }, i) => {
    for (const [j, name] of between.entries()) checkMachine(name, known, at('links', 'pairs', i, 'between', j));
  });
  scenario.expect.forEach((entry, i) => {
    const names = scenario.traffic.map(({ name }) => name);
    if (entry.traffic !== undefined && !names.includes(entry.traffic)) {
      throw new InputError(
        at('expect', i, 'traffic'),
        `There is no traffic "${entry.traffic}"${didYouMean(entry.traffic, names)}`,
      );
    }
    const row = scenario.traffic.find(({ name }) => name === entry.traffic);
    if (row !== undefined && entry.answered !== undefined && !entry.answered.operator.startsWith('<')) {
      const { value } = entry.answered;
      if (value > row.requests)
        throw new InputError(
          at('expect', i, 'answered'),
          `answered counts ${value} requests, but traffic "${row.name}" makes ${row.requests}: a share is written from 0 to 1`,
        );
    }
    for (const [j, seen] of (entry.seen ?? []).entries()) {
      if (seen.startsWith('node/')) checkNode(seen.slice('node/'.length), known, at('expect', i, 'seen', j));
    }
  });
}

/**
 * Whether a request that somebody asks for on the command line is between ends that the scenario knows.
 * @throws {InputError} that names the option
 */
export function checkEnds(
  scenario: Scenario,
  from: { readonly text: string; readonly origin: Origin },
  to: Target,
): void {
  const known = knownNames(scenario);
  checkOrigin(from.origin, known, { file: `--from ${from.text}` });
  // A name that leads nowhere is an answer too.
  if (to.destination.type !== 'name')
    checkDestination(to.destination, scenario.kubernetes.clusterDomain, known, { file: `--to ${to.text}` });
}

/** What held-back objects are called is among what the timeline applies. */
function knownNames({ nodes, hosts, timeline, pins, objects }: Scenario): KnownNames {
  const commands = timeline.flatMap(({ kubectl, run }) => [kubectl ?? '', run ?? '']);
  const pinned = pins.pods.flatMap(({ of, name, hash, suffix }) => [
    name ?? '',
    [of?.split('/').at(-1), hash, suffix].filter(Boolean).join('-'),
  ]);
  return new KnownNames(
    nodes.map(({ name }) => name),
    hosts.map(({ name }) => name),
    [...objects, ...timeline.flatMap(({ applied }) => applied)],
    [...commands, ...pinned],
  );
}

function checkDoubles({ nodes, hosts, traffic, timeline }: Scenario): void {
  const machineNames = new Map<string, string>();
  for (const [type, list] of [
    ['node', nodes],
    ['host', hosts],
  ] as const) {
    for (const { name, where } of list) {
      const other = machineNames.get(name);
      if (other !== undefined) throw new InputError(where, `The name "${name}" is that of another ${other}`);
      machineNames.set(name, type);
    }
  }
  for (const [type, list] of [
    ['traffic', traffic],
    ['timeline entry', timeline],
  ] as const) {
    const names = new Set<string>();
    for (const { name, where } of list) {
      if (name === undefined) continue;
      if (names.has(name)) throw new InputError(where, `The name "${name}" is that of another ${type}`);
      names.add(name);
    }
  }
}

function machines(known: KnownNames): string[] {
  return [...known.nodes, ...known.hosts];
}

function checkNode(name: string, known: KnownNames, where: Where): void {
  if (!known.nodes.has(name)) throw new InputError(where, `There is no node "${name}"${didYouMean(name, known.nodes)}`);
}

function checkMachine(name: string, known: KnownNames, where: Where): void {
  if (known.nodes.has(name) || known.hosts.has(name)) return;
  throw new InputError(where, `There is no node or host "${name}"${didYouMean(name, machines(known))}`);
}

function checkPod(namespace: string, name: string, known: KnownNames, where: Where): void {
  if (known.hasPod(namespace, name)) return;
  throw new InputError(
    where,
    `There is no pod "${name}" in namespace ${namespace}${known.hint('Pod', namespace, name)}`,
  );
}

function checkOrigin({ type, namespace, name }: Origin, known: KnownNames, where: Where): void {
  if (type === 'node') checkNode(name, known, where);
  else if (type === 'pod') checkPod(namespace, name, known, where);
  else if (type === 'host') {
    if (!known.hosts.has(name)) {
      const hint = known.nodes.has(name)
        ? `; there is a node of that name: node/${name}`
        : didYouMean(name, known.hosts);
      throw new InputError(where, `There is no host "${name}"${hint}`);
    }
  } else if (!known.has('Deployment', namespace, name)) {
    const hint = known.hint('Deployment', namespace, name);
    throw new InputError(where, `There is no deployment "${name}" in namespace ${namespace}${hint}`);
  }
}

/** Names that only the world outside could know are left to the run: they may end `unresolved`. */
function checkDestination(destination: Destination, clusterDomain: string, known: KnownNames, where: Where): void {
  if (destination.type === 'node') checkNode(destination.name, known, where);
  else if (destination.type === 'pod') checkPod(destination.namespace, destination.name, known, where);
  else if (destination.type === 'name') {
    const labels = destination.name.replace(/\.$/, '').split('.');
    const ofCluster = labels[2] === 'svc' && ['', clusterDomain].includes(labels.slice(3).join('.'));
    const [service, namespace] = labels as [string, string | undefined];
    const found = ofCluster
      ? known.has('Service', namespace!, service)
      : labels.length > 1 || known.hasService(service) || service === 'localhost';
    if (!found) {
      const hint = ofCluster ? known.hint('Service', namespace!, service) : didYouMean(service, known.names('Service'));
      throw new InputError(
        where,
        `There is no service "${service}"${ofCluster ? ` in namespace ${namespace}` : ''}${hint}`,
      );
    }
  }
}

function checkFault(fault: Fault, known: KnownNames, where: Where, at: (key: string) => Where): void {
  if (fault.type === 'node') checkNode(fault.node, known, at('node'));
  else if (fault.type === 'link') for (const name of fault.between) checkMachine(name, known, at('link'));
  else if (fault.type === 'pod') checkPod(fault.namespace, fault.pod, known, at('pod'));
  else if (fault.type === 'component') {
    const component = COMPONENTS[fault.component];
    if (component === undefined) {
      const names = Object.keys(COMPONENTS);
      const hint = didYouMean(fault.component, names) || `: wanted is one of ${names.join(', ')}`;
      throw new InputError(at('component'), `There is no component "${fault.component}"${hint}`);
    }
    if (fault.node === undefined) return;
    if (!component.perNode) throw new InputError(at('component'), `${fault.component} does not run on single nodes`);
    checkNode(fault.node, known, at('component'));
  } else if (fault.type === 'member' && !known.hosts.has(fault.balancer)) {
    throw new InputError(where, `There is no host "${fault.balancer}"${didYouMean(fault.balancer, known.hosts)}`);
  }
}
