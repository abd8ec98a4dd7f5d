/**
 * What a run itself schedules. Kinds 128-191.
 */
import type { ClusterCommand } from '../../controllers/command.ts';
import type { NetCommand } from '../../net/command.ts';

export const RunCommandKind = { StartRun: 128, TakeAction: 129, OpenRequest: 130 } as const;

export interface StartRun {
  readonly kind: typeof RunCommandKind.StartRun;
  readonly at: number;
}

/** An entry of the timeline falls due. */
export interface TakeAction {
  readonly kind: typeof RunCommandKind.TakeAction;
  readonly at: number;
  readonly entry: number;
}

/** The next request of a traffic row. */
export interface OpenRequest {
  readonly kind: typeof RunCommandKind.OpenRequest;
  readonly at: number;
  readonly traffic: number;
  readonly number: number;
}

export type RunCommand = StartRun | TakeAction | OpenRequest;
export type WorldCommand = NetCommand | ClusterCommand | RunCommand;
