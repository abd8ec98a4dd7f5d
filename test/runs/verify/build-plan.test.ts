/**
 * Plans and names, without a kernel.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { planBuild } from '../../../runs/verify/build-plan.ts';
import {
  isOrphan,
  labPrefix,
  namespaceName,
  namespaceOwner,
  processStart,
} from '../../../runs/verify/namespace-name.ts';
import { twoNodeNetwork } from './two-node-network.ts';

const test = suite('build plan');

test('planBuild() makes every interface inside a namespace of its own lab', () => {
  const { namespaces, links } = planBuild(twoNodeNetwork(), 'lab');
  assert.is(namespaces.length, 6);
  assert.is(new Set(namespaces).size, 6);
  const made = links.trim().split('\n');
  assert.is(made.length, 5);
  for (const line of made) assert.match(line, /^link add name \S+ netns lab-\S+ .* peer name \S+ netns lab-\S+ /);
});

test('planBuild() gives a segment a switch that keeps bridge netfilter out', () => {
  const { hosts } = planBuild(twoNodeNetwork(), 'lab');
  const segment = hosts.at(-1);
  assert.is(segment?.host, '');
  assert.ok(segment?.settings.includes('net/bridge/bridge-nf-call-iptables 0'));
  assert.match(segment?.interfaces ?? '', /link set dev p2 master segment up\n/);
});

test('planBuild() adds routes to gateways before the routes through them', () => {
  const network = twoNodeNetwork();
  const [client, ...rest] = network.hosts;
  const routes = [
    { destination: 'default', via: '169.254.1.1', device: 'eth0' },
    { destination: '169.254.1.1/32', device: 'eth0', scope: 'link' as const },
    { destination: '10.9.0.0/16', type: 'blackhole' as const },
  ];
  const neighbours = [{ address: '169.254.1.1', device: 'eth0', mac: '02:00:00:00:00:01' }];
  const plan = planBuild({ ...network, hosts: [{ ...client!, routes, neighbours }, ...rest] }, 'lab');
  assert.equal(plan.hosts[0]?.routes.split('\n'), [
    'route add 169.254.1.1/32 dev eth0 scope link',
    'route add blackhole 10.9.0.0/16',
    'route add default via 169.254.1.1 dev eth0',
    'neighbour replace 169.254.1.1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent',
    '',
  ]);
});

test('planBuild() refuses a link to nowhere', () => {
  const network = twoNodeNetwork();
  const [lan, ...rest] = network.links;
  const astray = { ...lan!, ends: [{ host: 'client', interface: 'eth7' }] };
  assert.throws(() => planBuild({ ...network, links: [astray, ...rest] }, 'lab'), /Link lan ends at client eth7/);
});

test('namespaceOwner() reads back what namespaceName() says, and nothing else', () => {
  const name = namespaceName(labPrefix(), 3, 'default/web 1');
  assert.match(name, /-3-default-web-1$/);
  assert.equal(namespaceOwner(name), { pid: process.pid, startTicks: processStart(process.pid) });
  assert.is(namespaceOwner('kubehop-mine'), undefined);
  assert.is(namespaceOwner('cni-1-2-01234567-x'), undefined);
});

test('isOrphan() takes a reused pid for another process', () => {
  const startTicks = processStart(process.pid) as number;
  assert.is(isOrphan({ pid: process.pid, startTicks }), false);
  assert.is(isOrphan({ pid: process.pid, startTicks: startTicks - 1 }), true);
  assert.is(isOrphan({ pid: 2 ** 30, startTicks }), true);
});

test.run();
