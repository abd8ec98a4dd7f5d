/**
 * The steps of one packet on one host while they are being put together: the packet's tuple changes as they go.
 */

import type { AnyPassage } from '../../net/event.ts';
import type { Host } from '../../net/host.ts';
import type { Network } from '../../net/network.ts';
import type { TraceStep } from './trace.ts';
import { packetLabel, tupleText } from './tuple-text.ts';

/** What differs from step to step; the rest is the passage's. */
export type Step = Pick<TraceStep, 'step' | 'action'> & Partial<TraceStep>;

/** A passage on its way into steps: its tuple changes as it goes. */
export class PassageSteps {
  readonly net: Network;
  readonly event: AnyPassage;
  readonly host: Host;
  readonly steps: TraceStep[] = [];
  #source: number;
  #destination: number;
  #ports: number;
  #tuple: string;

  constructor(net: Network, event: AnyPassage) {
    this.net = net;
    this.event = event;
    this.host = net.host(event.host);
    this.#source = event.beforeSource;
    this.#destination = event.beforeDestination;
    this.#ports = event.beforePorts;
    this.#tuple = this.#text();
  }

  get destination(): number {
    return this.#destination;
  }

  /** Adds a step that changes nothing. */
  say(step: Step): void {
    this.#add(step, this.#tuple);
  }

  /** Adds a step that puts the destination where it ended, or the source. */
  rewrite(step: Step, end: 'source' | 'destination'): void {
    const { source, destination, ports, header } = this.event;
    const icmp = header >>> 24 === 1;
    if (end === 'source') {
      this.#source = source;
      this.#ports = icmp ? ports : ((ports & 0xffff0000) | (this.#ports & 0xffff)) >>> 0;
    } else {
      this.#destination = destination;
      this.#ports = icmp ? ports : ((this.#ports & 0xffff0000) | (ports & 0xffff)) >>> 0;
    }
    const before = this.#tuple;
    this.#tuple = this.#text();
    this.#add(step, before);
  }

  #text(): string {
    const { header } = this.event;
    return tupleText(this.net.addresses, header >>> 24, this.#source, this.#destination, this.#ports);
  }

  #add(step: Step, before: string): void {
    const { event } = this;
    this.steps.push({
      detail: '',
      depth: event.inner !== 0 && event.header >>> 24 === 17 ? 1 : 0,
      jumps: 0,
      ttl: (event.header >>> 16) & 255,
      ...step,
      host: this.host.name,
      before,
      after: this.#tuple,
      atNs: event.at,
      packet: event.packet,
      label: packetLabel(event.header, event.payloadBytes),
    });
  }
}
