/**
 * Draws IP sets of a machine and rules that ask them: of addresses, networks with exceptions, ports, pairs,
 * triples, interfaces, and lists of sets.
 */
import type { Chance } from './chance.ts';
import { CLOSED_PORT, POD_PORT, podNetwork, type RandomCluster } from './cluster.ts';
import type { RuleText } from './rule-text.ts';

const REJECT = 'REJECT --reject-with icmp-admin-prohibited';

/** Appends rules to `text`. @returns the lines of an `ipset save` text with the sets that they name */
export function drawSets(chance: Chance, text: RuleText, cluster: RandomCluster): string[] {
  const lines: string[] = [];
  const kinds = [...KINDS];
  for (let i = chance.between(1, 3); i > 0; i--) {
    const [kind] = kinds.splice(chance.between(0, kinds.length - 1), 1);
    lines.push(...kind!(chance, text, cluster));
  }
  return lines;
}

type SetKind = (chance: Chance, text: RuleText, cluster: RandomCluster) => string[];

function verdict(chance: Chance): string {
  return chance.of(['DROP', REJECT, 'ACCEPT']);
}

const addresses: SetKind = (chance, text, { nodes, hosts, pods }) => {
  const known = [...nodes, ...hosts, ...pods].flatMap(({ ip }) => (ip === undefined ? [] : [ip]));
  const members = [...new Set([chance.of(known), chance.of(known), '203.0.113.9'])];
  const [chain, side] = chance.of(['INPUT src', 'FORWARD src', 'FORWARD dst', 'OUTPUT dst']).split(' ');
  text.rule('filter', `${chain} -p tcp -m set --match-set hosts ${side} -j ${verdict(chance)}`);
  return ['create hosts hash:ip family inet', ...members.map((ip) => `add hosts ${ip}`)];
};

const networks: SetKind = (chance, text, { hosts }) => {
  const except = chance.of(['10.244.0.0/25', `${chance.of(hosts).ip}`, `${podNetwork(1)}.0/24`]);
  const inverted = chance.happens(0.4) ? '! ' : '';
  const side = chance.of(['src', 'dst']);
  text.rule(
    'filter',
    `FORWARD -m conntrack --ctstate NEW -m set ${inverted}--match-set nets ${side} -j ${verdict(chance)}`,
  );
  if (chance.happens(0.3)) text.rule('filter', `FORWARD -m set --match-set nets ${side} --return-nomatch -j LOG`);
  return [
    'create nets hash:net family inet',
    'add nets 10.244.0.0/16',
    'add nets 198.51.100.0/24',
    `add nets ${except} nomatch`,
  ];
};

const ports: SetKind = (chance, text) => {
  const chain = chance.of(['INPUT', 'FORWARD']);
  text.rule('filter', `${chain} -p ${chance.of(['tcp', 'udp'])} -m set --match-set ports dst -j ${verdict(chance)}`);
  return [
    'create ports bitmap:port range 0-40000',
    `add ports ${CLOSED_PORT}`,
    `add ports ${chance.of([POD_PORT.http, POD_PORT.dns, 6443])}`,
    'add ports 30080-30089',
  ];
};

/** As IPVS mode keeps its services. */
const pairs: SetKind = (chance, text, { services, pods }) => {
  const service = chance.from(services);
  const pod = chance.from(pods.filter(({ ip }) => ip !== undefined));
  const entries = [
    ...(service?.ports ?? []).map(({ protocol, port }) => `${service!.clusterIP},${protocol.toLowerCase()}:${port}`),
    ...(pod === undefined ? [] : [`${pod.ip},tcp:${POD_PORT.http}`, `${pod.ip},icmp:echo-request`]),
  ];
  const [table, chain] = chance.of([
    ['mangle', 'PREROUTING'],
    ['mangle', 'OUTPUT'],
    ['filter', 'FORWARD'],
  ] as const);
  text.rule(
    table,
    `${chain} -m set --match-set pairs dst,dst -j ${table === 'mangle' ? 'MARK --set-xmark 0x4000/0x4000' : verdict(chance)}`,
  );
  return ['create pairs hash:ip,port family inet', ...entries.map((entry) => `add pairs ${entry}`)];
};

const triples: SetKind = (chance, text, { hosts, pods }) => {
  const pod = chance.from(pods.filter(({ ip }) => ip !== undefined));
  text.rule('nat', 'POSTROUTING -m set --match-set loops dst,dst,src -j MASQUERADE');
  text.rule('filter', `FORWARD -m set --match-set flows src,dst,dst -j ${verdict(chance)}`);
  return [
    'create loops hash:ip,port,ip family inet',
    ...(pod === undefined ? [] : [`add loops ${pod.ip},tcp:${POD_PORT.http},${pod.ip}`]),
    'create flows hash:ip,port,net family inet',
    `add flows ${chance.of(hosts).ip},tcp:${POD_PORT.http},10.244.0.0/16`,
    `add flows ${chance.of(hosts).ip},udp:30080-30095,10.0.0.0/24`,
  ];
};

const interfaces: SetKind = (chance, text) => {
  text.rule('filter', `${chance.of(['INPUT', 'FORWARD'])} -m set --match-set ways src,src -j ${verdict(chance)}`);
  return ['create ways hash:net,iface family inet', `add ways 198.51.100.0/24,${chance.of(['eth0', 'cni0', 'lo'])}`];
};

const services: SetKind = (chance, text, { hosts }) => {
  text.rule('filter', `INPUT -m conntrack --ctstate NEW -m set --match-set open src,dst -j ${verdict(chance)}`);
  return [
    'create open hash:net,port family inet',
    'add open 10.244.0.0/16,tcp:6443',
    `add open ${chance.of(hosts).ip},tcp:30080-30099`,
  ];
};

const listed: SetKind = (chance, text, { hosts, nodes }) => {
  const side = chance.of(['src', 'dst']);
  text.rule('raw', `PREROUTING -p udp -m set --match-set all ${side} -j ${chance.of(['NOTRACK', 'DROP', 'ACCEPT'])}`);
  return [
    'create one hash:ip family inet',
    `add one ${chance.of(hosts).ip}`,
    'create other hash:net family inet',
    `add other ${chance.of(nodes).ip}`,
    'create all list:set size 8',
    'add all one',
    'add all other',
  ];
};

const KINDS: readonly SetKind[] = [addresses, networks, ports, pairs, triples, interfaces, services, listed];
