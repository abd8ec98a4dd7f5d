/**
 * Endpoints as the API server stores them, whoever wrote them: subsets with the same ports are one, and addresses stand in
 * order.
 * @see kubernetes pkg/registry/core/endpoint/strategy.go Canonicalize
 */
import type { EndpointAddress, EndpointSubset, Endpoints } from '../object/endpoints.ts';
import { type EndpointEntry, packSubsets } from './subset.ts';

/** @param endpoints validated: each subset has addresses */
export function canonicalEndpoints(endpoints: Endpoints): Endpoints {
  const { subsets } = endpoints;
  return subsets === undefined ? endpoints : { ...endpoints, subsets: packSubsets(subsets.flatMap(entriesOf)) };
}

function entriesOf({ addresses = [], notReadyAddresses = [], ports = [] }: EndpointSubset): readonly EndpointEntry[] {
  const asked = ports.length === 0 ? [undefined] : ports;
  const of = (address: EndpointAddress, ready: boolean): EndpointEntry[] =>
    asked.map((port) => ({ address, ready, port }));
  return [...addresses.flatMap((one) => of(one, true)), ...notReadyAddresses.flatMap((one) => of(one, false))];
}
