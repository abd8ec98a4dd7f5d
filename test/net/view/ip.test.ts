/**
 * Addresses, links, routes and neighbours as ip prints them.
 * @evidence published: What kubectl and iproute2 print
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SECOND } from '../../../core/time.ts';
import { type Interface, InterfaceKind } from '../../../net/interface.ts';
import { LinkKind } from '../../../net/link.ts';
import { NeighbourState } from '../../../net/neighbour.ts';
import { Network } from '../../../net/network.ts';
import { RouteType } from '../../../net/route.ts';
import { formatAddresses, formatLinks } from '../../../net/view/ip-address.ts';
import { formatNeighbours } from '../../../net/view/ip-neighbour.ts';
import { formatLocalRoutes, formatRoutes, routeTo } from '../../../net/view/ip-route.ts';
import { addAddress, addHost, addInterface, addNeighbour, addRoute, connect, enslave } from '../../../net/wiring.ts';

const test = suite('view/ip');

// The network below was built with iproute2 6.1 on Linux 6.18, and the texts are what it printed then, but for Ethernet
// addresses, link-local addresses of IPv6 and the note of the other end's namespace.

const LINK = { delayNs: 0, rateBitsPerSecond: 0, queuePackets: 1000, lossRatio: 0 };

function pair() {
  const net = new Network();
  const near = addHost(net, 'near', { role: 'host' });
  const far = addHost(net, 'far', { role: 'host' });
  const va = addInterface(net, near, 'va', InterfaceKind.Veth, 1500);
  const vb = addInterface(net, far, 'vb', InterfaceKind.Veth, 1500);
  connect(net, 'cable', LinkKind.Veth, [va, vb], LINK);
  addAddress(net, va, '10.0.2.15/24', { broadcast: '10.0.2.255' });
  addRoute(net, near, { to: 'default', via: '10.0.2.2', device: va, source: '10.0.2.15' });
  addRoute(net, near, { to: '10.1.0.0/16', type: RouteType.Blackhole });
  addRoute(net, near, { to: '10.2.0.0/16', type: RouteType.Unreachable, metric: 5 });
  addRoute(net, near, { to: '10.3.0.0/24', via: '10.0.2.2', device: va, onlink: true });
  addRoute(net, near, { to: '10.4.0.1', device: va });
  const bridge = addInterface(net, far, 'cni0', InterfaceKind.Bridge, 1500);
  enslave(bridge, vb, false);
  addAddress(net, bridge, '10.0.2.2/24');
  const vx = addInterface(net, far, 'vx', InterfaceKind.Vxlan, 1450);
  addAddress(net, vx, '10.9.0.0/32');
  return { net, near, far, va, vb };
}

const LOOPBACK = `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
    inet6 ::1/128 scope host 
       valid_lft forever preferred_lft forever
`;

test('formatAddresses() prints ip address', () => {
  const { net, near, far } = pair();
  assert.is(
    formatAddresses(net, near, 0),
    `${LOOPBACK}2: va@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 02:00:00:00:00:03 brd ff:ff:ff:ff:ff:ff
    inet 10.0.2.15/24 brd 10.0.2.255 scope global va
       valid_lft forever preferred_lft forever
`,
  );
  assert.is(
    formatAddresses(net, far, 0),
    `${LOOPBACK}2: vb@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master cni0 state UP group default qlen 1000
    link/ether 02:00:00:00:00:04 brd ff:ff:ff:ff:ff:ff
3: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 02:00:00:00:00:05 brd ff:ff:ff:ff:ff:ff
    inet 10.0.2.2/24 scope global cni0
       valid_lft forever preferred_lft forever
4: vx: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN group default qlen 1000
    link/ether 02:00:00:00:00:06 brd ff:ff:ff:ff:ff:ff
    inet 10.9.0.0/32 scope global vx
       valid_lft forever preferred_lft forever
`,
  );
});

test('formatAddresses() in its other forms', () => {
  const { net, near } = pair();
  assert.is(
    formatAddresses(net, near, 0, { brief: true }),
    `lo               UNKNOWN        127.0.0.1/8 ::1/128 
va@if2           UP             10.0.2.15/24 
`,
  );
  assert.is(
    formatAddresses(net, near, 0, { family: 4, oneLine: true }),
    `1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
2: va    inet 10.0.2.15/24 brd 10.0.2.255 scope global va\\       valid_lft forever preferred_lft forever
`,
  );
  assert.is(formatAddresses(net, near, 0, { device: 'lo' }), LOOPBACK);
});

test('formatAddresses() calls a further address of the same network secondary', () => {
  const { net, near, va } = pair();
  addAddress(net, va, '10.0.2.16/24');
  assert.match(formatAddresses(net, near, 0, { device: 'va' }), '    inet 10.0.2.16/24 scope global secondary va\n');
});

test('formatAddresses() calls a leased address dynamic, and counts its time down', () => {
  const { net, near, va } = pair();
  va.addresses = va.addresses.slice(0, 1).map((own) => ({ ...own, leaseNs: 100 * SECOND }));
  // Renewed at the half of its time, as DHCP clients do.
  assert.match(formatAddresses(net, near, 60 * SECOND, { device: 'va' }), ' valid_lft 90sec ');
  assert.match(
    formatAddresses(net, near, 40.5 * SECOND, { device: 'va' }),
    `    inet 10.0.2.15/24 brd 10.0.2.255 scope global dynamic va
       valid_lft 59sec preferred_lft 59sec
`,
  );
});

test('formatLinks() prints ip link, down and without a carrier too', () => {
  const { net, near, va, vb } = pair();
  const flags = (): string =>
    /<(.*)>.* state (\w+) /
      .exec(formatLinks(net, near, { device: 'va' }))!
      .slice(1)
      .join(' ');
  assert.is(flags(), 'BROADCAST,MULTICAST,UP,LOWER_UP UP');
  net.link(va.link).up = false;
  assert.is(flags(), 'NO-CARRIER,BROADCAST,MULTICAST,UP DOWN');
  va.up = false;
  assert.is(flags(), 'BROADCAST,MULTICAST DOWN');
  assert.is(
    formatLinks(net, near, { brief: true, device: 'lo' }),
    'lo               UNKNOWN        00:00:00:00:00:00 <LOOPBACK,UP,LOWER_UP> \n',
  );
  assert.match(formatLinks(net, near), ' state UNKNOWN mode DEFAULT group default qlen 1000\n');
  assert.is(vb.up, true);
});

test('formatRoutes() prints ip route', () => {
  const { net, near, far } = pair();
  assert.is(
    formatRoutes(net, near),
    `default via 10.0.2.2 dev va src 10.0.2.15 
10.0.2.0/24 dev va proto kernel scope link src 10.0.2.15 
blackhole 10.1.0.0/16 
unreachable 10.2.0.0/16 metric 5 
10.3.0.0/24 via 10.0.2.2 dev va onlink 
10.4.0.1 dev va scope link 
`,
  );
  assert.is(formatRoutes(net, far), '10.0.2.0/24 dev cni0 proto kernel scope link src 10.0.2.2 \n');
  assert.is(formatRoutes(net, near, 6), '');
});

test('formatLocalRoutes() prints ip route show table local', () => {
  const { net, far } = pair();
  assert.is(
    formatLocalRoutes(net, far),
    `local 10.0.2.2 dev cni0 proto kernel scope host src 10.0.2.2 
local 10.9.0.0 dev vx proto kernel scope host src 10.9.0.0 
local 127.0.0.0/8 dev lo proto kernel scope host src 127.0.0.1 
local 127.0.0.1 dev lo proto kernel scope host src 127.0.0.1 
broadcast 127.255.255.255 dev lo proto kernel scope link src 127.0.0.1 
`,
  );
});

test('routeTo() answers as ip route get', () => {
  const { net, near, far } = pair();
  const get = (host: typeof near, to: string): string => {
    const { stdout, stderr, exitCode } = routeTo(net, host, net.addresses.intern(to), to);
    return stdout + stderr + exitCode;
  };
  assert.is(get(near, '10.0.2.2'), '10.0.2.2 dev va src 10.0.2.15 uid 0 \n    cache \n0');
  assert.is(get(near, '10.7.0.1'), '10.7.0.1 via 10.0.2.2 dev va src 10.0.2.15 uid 0 \n    cache \n0');
  assert.is(get(near, '127.0.0.1'), 'local 127.0.0.1 dev lo src 127.0.0.1 uid 0 \n    cache <local> \n0');
  assert.is(get(near, '10.0.2.15'), 'local 10.0.2.15 dev lo src 10.0.2.15 uid 0 \n    cache <local> \n0');
  assert.is(get(near, '10.1.0.1'), 'RTNETLINK answers: Invalid argument\n2');
  assert.is(get(far, '10.7.0.1'), 'RTNETLINK answers: Network is unreachable\n2');
});

test('formatNeighbours() prints ip neighbour', () => {
  const { net, near, va, vb } = pair();
  assert.is(formatNeighbours(net, near, 0), '');
  const settle = (device: Interface, text: string, state: number, target: number, reachableUntilNs: number): void => {
    addNeighbour(net, device, net.addresses.intern(text), target);
    Object.assign(near.neighbours.get(device.id, net.addresses.intern(text))!, { state, target, reachableUntilNs });
  };
  settle(va, '10.0.2.2', NeighbourState.Reachable, vb.id, 30 * SECOND);
  settle(va, '10.0.2.77', NeighbourState.Failed, 0, 0);
  const lines = (state: string): string =>
    `10.0.2.2 dev va lladdr 02:00:00:00:00:04 ${state} \n10.0.2.77 dev va FAILED \n`;
  assert.is(formatNeighbours(net, near, 0), lines('REACHABLE'));
  assert.is(formatNeighbours(net, near, 31 * SECOND), lines('STALE'));
  assert.is(formatNeighbours(net, near, 0, 'va').split('\n')[1], '10.0.2.77 FAILED ');
});

test.run();
