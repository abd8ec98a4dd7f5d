/**
 * The rules that kube-proxy writes for so many services, as texts to load, the addresses at their places, and how many
 * rules a first packet there looks at by the model's count.
 */
import { IPTABLES_PROXIER } from '../../controllers/kube-proxy/iptables/proxier.ts';
import { loadRules, restore } from '../../net/netfilter/restore.ts';
import { Protocol } from '../../net/packet.ts';
import { ensuredText, serviceCluster, syncInputs } from '../service-cluster.ts';
import { IptablesChain } from '../service-lookup/iptables-chain.ts';

export const SERVICE_PORT = 80;
/** Asked where no service matches. */
const STRANGER = '203.0.113.9';
const CLIENT = '198.51.100.7';
/** With one endpoint each no rule is left to chance, and a packet's count is one number. */
const ENDPOINTS = 1;

export interface Place {
  /** `first`, `middle`, `last` in the order of the rules, or `none`: no service matches. */
  readonly name: string;
  readonly address: string;
  /** Rules and policies that a new connection's first packet looks at on the node. */
  readonly examined: number;
  /** A datagram's, which no service matches: all of them are TCP. */
  readonly examinedByDatagram: number;
}

export interface ServiceRules {
  readonly services: number;
  /** What ties kube-proxy's chains to the built-in ones, to load first. */
  readonly ensured: string;
  readonly full: string;
  /** What a sync writes once one service has changed. */
  readonly incremental: string;
  readonly rules: number;
  readonly places: readonly Place[];
}

export function serviceRules(services: number): ServiceRules {
  const cluster = serviceCluster(services, ENDPOINTS);
  const program = IPTABLES_PROXIER.sync(syncInputs(cluster));
  const ensured = ensuredText(program);
  const full = program.steps[0]!.input;
  const incremental = IPTABLES_PROXIER.sync(syncInputs(cluster, [services >> 1])).steps[0]!.input;
  const { error, ...state } = restore(loadRules(ensured, 'ensured', { noflush: true }), full, {
    noflush: true,
    counters: true,
  });
  if (error !== undefined) throw error;
  const { addresses } = cluster.table;
  const chain = new IptablesChain(cluster.table, state.ruleset, true);
  const examined = (protocol: number, address: string): number =>
    chain.examinedFor(protocol, addresses.intern(CLIENT), addresses.intern(address), SERVICE_PORT, 1, cluster.table);
  // In the order of the rules, which is not that of the names' numbers.
  const order = Array.from(full.matchAll(/^-A KUBE-SERVICES .* -d (\S+) --dport /gm), ([, address]) => address!);
  const places = [
    ['first', order[0]!],
    ['middle', order[order.length >> 1]!],
    ['last', order.at(-1)!],
    ['none', STRANGER],
  ] as const;
  return {
    services,
    ensured,
    full,
    incremental,
    rules: state.ruleset.size,
    places: places.map(([name, address]) => ({
      name,
      address,
      examined: examined(Protocol.Tcp, address),
      examinedByDatagram: examined(Protocol.Udp, address),
    })),
  };
}
