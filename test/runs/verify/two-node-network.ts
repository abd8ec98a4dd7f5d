/**
 * A network written by hand for the lab's tests: a client and two nodes on one segment, a bridge on node2 with two
 * pods, NodePort 30080 in kube-proxy's rule shape on both nodes with one endpoint, the pod web.
 */
import type { Topology, TopologyHost, TopologyInterface } from '../../../net/view/topology.ts';

function lo(): TopologyInterface {
  return { name: 'lo', kind: 'loopback', mtu: 65536, up: true, addresses: [{ address: '127.0.0.1/8', scope: 'host' }] };
}

function port(name: string, address: string, kind: 'ethernet' | 'veth' = 'ethernet'): TopologyInterface {
  return { name, kind, mtu: 1500, up: true, addresses: [{ address }] };
}

function bridgePort(name: string): TopologyInterface {
  return { name, kind: 'veth', mtu: 1500, up: true, addresses: [], master: 'cni0', hairpin: true };
}

export const RULES = `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:KUBE-EXT-WEB - [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-POSTROUTING - [0:0]
:KUBE-SEP-WEB - [0:0]
-A PREROUTING -j KUBE-NODEPORTS
-A OUTPUT -j KUBE-NODEPORTS
-A POSTROUTING -j KUBE-POSTROUTING
-A KUBE-EXT-WEB -j KUBE-MARK-MASQ
-A KUBE-EXT-WEB -j KUBE-SEP-WEB
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-NODEPORTS -p tcp -m tcp --dport 30080 -m addrtype --dst-type LOCAL -j KUBE-EXT-WEB
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
-A KUBE-POSTROUTING -j MASQUERADE --random-fully
-A KUBE-SEP-WEB -p tcp -m comment --comment "default/web:http" -m tcp -j DNAT --to-destination 10.1.2.2:8080
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p tcp -m tcp --dport 81 -j DROP
-A INPUT -p tcp -m tcp --dport 82 -j REJECT --reject-with icmp-port-unreachable
-A INPUT -p tcp -m tcp --dport 83 -j REJECT --reject-with tcp-reset
-A INPUT -p tcp -m tcp --dport 84 -j REJECT --reject-with icmp-admin-prohibited
COMMIT
`;

function host(name: string, fields: Partial<TopologyHost>): TopologyHost {
  return { name, sysctls: {}, interfaces: [], routes: [], neighbours: [], rules: '', listeners: [], ...fields };
}

const NODE_SETTINGS = { 'net.ipv4.ip_forward': '1', 'net.ipv4.conf.all.route_localnet': '1' };

/** @param rules what both nodes load */
export function twoNodeNetwork(rules = RULES): Topology {
  return {
    hosts: [
      host('client', { interfaces: [lo(), port('eth0', '192.0.2.10/24')] }),
      host('node1', {
        sysctls: NODE_SETTINGS,
        interfaces: [lo(), port('eth0', '192.0.2.11/24')],
        routes: [{ destination: '10.1.2.0/24', via: '192.0.2.12' }],
        rules,
      }),
      host('node2', {
        sysctls: { ...NODE_SETTINGS, 'net.bridge.bridge-nf-call-iptables': '1' },
        interfaces: [
          lo(),
          port('eth0', '192.0.2.12/24'),
          { name: 'cni0', kind: 'bridge', mtu: 1500, up: true, addresses: [{ address: '10.1.2.1/24' }] },
          bridgePort('veth1'),
          bridgePort('veth2'),
        ],
        rules,
      }),
      host('default/web', {
        interfaces: [lo(), port('eth0', '10.1.2.2/24', 'veth')],
        routes: [{ destination: 'default', via: '10.1.2.1' }],
        listeners: [
          { protocol: 'tcp', port: 8080, answers: 'name' },
          { protocol: 'udp', port: 53, answers: 'echo' },
        ],
      }),
      host('default/other', {
        interfaces: [lo(), port('eth0', '10.1.2.3/24', 'veth')],
        routes: [{ destination: 'default', via: '10.1.2.1' }],
      }),
    ],
    links: [
      {
        name: 'lan',
        kind: 'segment',
        ends: ['client', 'node1', 'node2'].map((name) => ({ host: name, interface: 'eth0' })),
        delayNs: 0,
        rateBitsPerSecond: 0,
        lossRatio: 0,
        mtu: 1500,
      },
      ...['default/web', 'default/other'].map((name, index) => ({
        name,
        kind: 'veth' as const,
        ends: [
          { host: name, interface: 'eth0' },
          { host: 'node2', interface: `veth${index + 1}` },
        ],
        delayNs: 0,
        rateBitsPerSecond: 0,
        lossRatio: 0,
        mtu: 1500,
      })),
    ],
  };
}
