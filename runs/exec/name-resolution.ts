/**
 * What a name leads to for a program on a host: an address as it stands, the hosts file, else the resolver, whose
 * questions are packets.
 */
import { parseAddress } from '../../net/address.ts';
import { LookupFailure } from '../../net/dns/lookup.ts';
import { hostsFile, lookupPlan } from '../world/name-lookup.ts';
import type { Session } from './exec-world.ts';
import { lookUp } from './lookup.ts';

export interface ResolvedName {
  /** As text; absent: there is none. */
  readonly address?: string;
  /** The resolver was given no more time. */
  readonly timedOut: boolean;
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
  if (known !== undefined) return { address: known, timedOut: false };
  const { world } = session.simulation;
  const { error, addresses } = lookUp(session, lookupPlan(podOfSession(session), name, world.names), timeoutNs);
  const address = addresses.find((one) => !one.includes(':'));
  return { timedOut: error === LookupFailure.Timeout, ...(address === undefined ? {} : { address }) };
}

export function podOfSession({ simulation, pod }: Session) {
  return pod === undefined ? undefined : simulation.world.cluster.store.get('Pod', pod.namespace, pod.name);
}
