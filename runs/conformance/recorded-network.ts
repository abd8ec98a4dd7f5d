/**
 * The network on which probes were recorded: a router with the rule set, and each host at the far end of a veth of its
 * own, with a /32, a default route to 169.254.1.1 and neighbours that are written down.
 */
import type { Host } from '../../net/host.ts';
import { InterfaceKind } from '../../net/interface.ts';
import { LinkKind } from '../../net/link.ts';
import { Network } from '../../net/network.ts';
import { Protocol } from '../../net/packet.ts';
import { restoreRules, restoreSets } from '../../net/rules.ts';
import { Answer } from '../../net/socket.ts';
import { addAddress, addHost, addInterface, addNeighbour, addRoute, connect, listen } from '../../net/wiring.ts';
import type { RecordedNetwork } from './flow-file.ts';

export const ROUTER = 'router';
const NEXT_HOP = '169.254.1.1';
/** The kernel's own default is to send redirects. */
const RECORDED_SYSCTLS = { 'net.ipv4.ip_forward': 1, 'net.ipv4.conf.all.send_redirects': 1 };
const MTU_BYTES = 1500;
const LINK = { delayNs: 20_000, rateBitsPerSecond: 0, queuePackets: 1000, lossRatio: 0 };

export interface BuiltNetwork {
  readonly net: Network;
  readonly router: Host;
  /** Why the rule set was refused, or ''. */
  readonly refused: string;
}

/** @param rules iptables-save text */
export function buildRecorded(recorded: RecordedNetwork, rules: string): BuiltNetwork {
  const net = new Network();
  const router = addHost(net, ROUTER, { role: 'router', sysctls: { ...RECORDED_SYSCTLS, ...recorded.sysctl } });
  const gateways: (() => void)[] = [];
  for (const { name, address, moreAddresses = [], iface, routerAddress, defaultRoute, serves } of recorded.hosts) {
    const host = addHost(net, name, { role: 'host' });
    const inner = addInterface(net, host, 'eth0', InterfaceKind.Veth, MTU_BYTES);
    const outer = addInterface(net, router, iface, InterfaceKind.Veth, MTU_BYTES);
    connect(net, name, LinkKind.Veth, [outer, inner], LINK);
    if (routerAddress !== undefined) addAddress(net, outer, routerAddress);
    for (const own of [address, ...moreAddresses]) {
      addAddress(net, inner, `${own}/32`);
      addRoute(net, router, { to: own, device: outer });
      addNeighbour(net, outer, net.addresses.intern(own), inner.id);
    }
    addRoute(net, host, { to: 'default', via: NEXT_HOP, device: inner, onlink: true });
    addNeighbour(net, inner, net.addresses.intern(NEXT_HOP), outer.id);
    if (defaultRoute === true)
      gateways.push(() => addRoute(net, router, { to: 'default', via: address, device: outer, onlink: true }));
    for (const port of serves) serve(net, host, port, name);
  }
  for (const add of gateways) add();
  for (const service of recorded.routerServes) {
    if (typeof service === 'string') serve(net, router, service, ROUTER);
    else for (const port of service.ports) serve(net, router, port, service.name);
  }
  const refused = makeSets(router, recorded.ipsets, rules) || restoreRules(net.addresses, router, rules, false);
  return { net, router, refused };
}

/** Sets that the rules name were there while it was recorded; those of which nothing is told were empty. */
function makeSets(router: Host, recorded: RecordedNetwork['ipsets'], rules: string): string {
  const lines: string[] = [];
  for (const [name, { type = 'hash:net', members }] of Object.entries(recorded)) {
    lines.push(`create ${name} ${[type].flat().join(' ')}`, ...members.map((member) => `add ${name} ${member}`));
  }
  for (const [, name] of rules.matchAll(/--match-set (\S+) /g)) {
    if (!Object.hasOwn(recorded, name!)) lines.push(`create ${name} hash:net -exist`);
  }
  return restoreSets(router, lines.join('\n'));
}

/** The recorded servers answered from the very address that was asked, as if bound to each of theirs. */
function serve(net: Network, host: Host, text: string, name: string): void {
  const [protocol, port] = text.split('/');
  const own = protocol === 'udp' ? [...host.localAddresses.keys(), net.loopback] : [];
  for (const address of [...own, 0]) {
    listen(host, {
      protocol: protocol === 'udp' ? Protocol.Udp : Protocol.Tcp,
      port: Number(port),
      address,
      answers: Answer.Echo,
      status: 200,
      delayNs: 0,
      name,
      body: '',
    });
  }
}
