/**
 * What happens in a run beside the network and the control plane. Kinds 128-191.
 */
import { clusterEvents } from '../../controllers/event.ts';
import { type EventCodec, type EventKinds, type EventOf, type EventsOf, eventCodec } from '../../core/event-kind.ts';
import { columns } from '../../net/column.ts';
import { netEvents } from '../../net/event.ts';

export const runEvents = {
  /** `text`: the scenario's name. */
  RunStarted: { kind: 128, fields: { text: 'text' } },
  /** An entry of the timeline was carried out; `text`: what the command said, if it said anything. */
  ActionTaken: { kind: 129, fields: { entry: 'inner', exitCode: 'state', text: 'text' } },
  /** A request could not even begin: nobody to send it, or a name that leads nowhere. */
  RequestFailed: { kind: 130, fields: { traffic: 'packet', number: 'inner', outcome: 'state', text: 'text' } },
  /** When the next request of a row comes, where arrivals are random. */
  ArrivalDrawn: { kind: 131, fields: { traffic: 'packet', number: 'inner', nextAt: 'until' } },
} as const satisfies EventKinds<typeof columns>;

const allEvents = { ...netEvents, ...clusterEvents, ...runEvents } as const;

export type RunEvent = EventsOf<typeof columns, typeof runEvents>;
export type RunEventOf<Name extends keyof typeof runEvents> = EventOf<typeof columns, (typeof runEvents)[Name]>;
export type WorldEvent = EventsOf<typeof columns, typeof allEvents>;

export const RunEventKind = { RunStarted: 128, ActionTaken: 129, RequestFailed: 130, ArrivalDrawn: 131 } as const;

/** Writes and reads every event of a run. */
export const worldCodec: EventCodec = eventCodec(columns, allEvents);
