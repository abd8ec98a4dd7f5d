/**
 * What a name leads to for a program on a host: an address as it stands, the hosts file, else the resolver, whose
 * questions are packets.
 */
import { podHostname } from '../../controllers/kubelet/pod-hostname.ts';
import { parseAddress } from '../../net/address.ts';
import { LookupFailure } from '../../net/dns/lookup.ts';
import { reverseName } from '../../net/dns/name.ts';
import { RecordType } from '../../net/dns/record.ts';
import { ERROR_TEXTS, type LookupError, type LookupPlan } from '../../net/dns/resolution.ts';
import { hostsFile, lookupPlan, resolverConfigOf } from '../world/name-lookup.ts';
import type { Session } from './exec-world.ts';
import { lookUp } from './lookup.ts';

const FAILURES: Readonly<Record<number, LookupError>> = {
  [LookupFailure.NoName]: 'noname',
  [LookupFailure.NoData]: 'nodata',
  [LookupFailure.Again]: 'again',
  [LookupFailure.Fail]: 'fail',
};

export interface ResolvedName {
  /** As text; absent: there is none. */
  readonly address?: string;
  /** The resolver was given no more time. */
  readonly timedOut: boolean;
  /** Why there is none, as the C library says it; empty where there is one. */
  readonly reason: string;
}

/** What needs no question: an address, in brackets or not, or a name of the hosts file. */
export function knownAddress(session: Session, name: string): string | undefined {
  const plain = name.replace(/^\[|\]$/g, '');
  if (parseAddress(plain) !== undefined) return plain;
  const { world } = session.simulation;
  return hostsFile(world, podOfSession(session), plain, world.names);
}

/** @param timeoutNs 0: as long as the resolver tries */
export function resolveName(session: Session, name: string, timeoutNs = 0): ResolvedName {
  const known = knownAddress(session, name);
  if (known !== undefined) return { address: known, timedOut: false, reason: '' };
  const { world } = session.simulation;
  const plan = lookupPlan(podOfSession(session), name, world.names);
  const { error, addresses } = lookUp(session, plan, timeoutNs);
  const address = addresses.find((one) => !one.includes(':'));
  const timedOut = error === LookupFailure.Timeout;
  if (address !== undefined) return { address, timedOut, reason: '' };
  return { timedOut, reason: ERROR_TEXTS[plan.resolver][FAILURES[error] ?? (timedOut ? 'again' : 'nodata')] };
}

/**
 * The name of an address: of the hosts file, else of the resolver; `undefined` where nobody knows one. It asks with the
 * patience of BIND's tools.
 */
export function nameOfAddress(session: Session, address: string): string | undefined {
  if (address === '127.0.0.1') return 'localhost';
  const { world } = session.simulation;
  const pod = podOfSession(session);
  if (pod?.status.podIP === address) return podHostname(pod, world.names.clusterDomain).hostsLine[1];
  const machine = world.net.hosts.find(
    (host) => host !== undefined && host.role !== 'pod' && hostsFile(world, pod, host.name, world.names) === address,
  );
  if (machine !== undefined) return machine.name;
  const parsed = parseAddress(address);
  if (parsed === undefined) return undefined;
  const config = resolverConfigOf(pod, world.names);
  const name = reverseName(parsed.family, parsed.words);
  const plan: LookupPlan = { resolver: 'bind', family: 'any', name, types: [RecordType.PTR], searches: false, config };
  const records = lookUp(session, plan).answers.flatMap(({ message }) => message.answer);
  return records.find(({ type }) => type === RecordType.PTR)?.data.replace(/\.$/, '');
}

export function podOfSession({ simulation, pod }: Session) {
  return pod === undefined ? undefined : simulation.world.cluster.store.get('Pod', pod.namespace, pod.name);
}
