/**
 * What every way to find a service's endpoint is: from the tuple of a first packet to the number of an endpoint.
 */
import type { AddressTable } from '../../net/address.ts';

/** One port of one service, as all ways are given it. Addresses are handles of the table below. */
export interface ServiceEntry {
  readonly protocol: number;
  readonly address: number;
  readonly port: number;
  /** Numbers of its endpoints stand together: `first` to `first + count - 1`. */
  readonly first: number;
  readonly count: number;
}

export interface ServiceTable {
  readonly addresses: AddressTable;
  readonly services: readonly ServiceEntry[];
  /** Handle and port of each endpoint, by number. */
  readonly endpointAddresses: Int32Array;
  readonly endpointPorts: Int32Array;
}

export interface ServiceLookup {
  readonly name: string;
  /** Bytes of what a look-up reads, as far as typed arrays hold it; undefined where objects do. */
  readonly sizeBytes: number | undefined;
  /**
   * @param draw from 0 to 2^31 - 1; where a way draws more than once, the first of them
   * @returns the number of an endpoint, or -1 where no service asks for the packet
   */
  lookup(protocol: number, source: number, address: number, port: number, draw: number): number;
}
