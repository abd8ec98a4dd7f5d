/**
 * A command line of a timeline: typed like any other, but what it asks of the world is collected instead of carried out,
 * for the run to put on its agenda.
 */
import { EMPTY } from 'rxjs';
import type { ClusterCommand } from '../../controllers/command.ts';
import type { NetCommand } from '../../net/command.ts';
import type { ReadFiles } from '../kubectl/apply.ts';
import { runLine } from './exec.ts';
import type { ExecSimulation, ExecWorld } from './exec-world.ts';
import { type Place, placeNamed } from './place.ts';

export interface DeferredLine {
  readonly commands: readonly (NetCommand | ClusterCommand)[];
  readonly exitCode: number;
  /** What it printed at once: both outputs. How requests of the API server end is told by events. */
  readonly text: string;
}

/**
 * @param place where it is typed; absent: the first node
 * @param line as a shell reads it
 * @param at ns since the start
 */
export function deferredLine(
  world: ExecWorld,
  place: Place | undefined,
  line: string,
  at: number,
  readFiles?: ReadFiles,
): DeferredLine {
  const commands: (NetCommand | ClusterCommand)[] = [];
  const simulation: ExecSimulation = {
    world,
    nowNs: at,
    events: EMPTY,
    schedule: (command) => {
      commands.push(command);
    },
    runUntil: () => {},
    runWhile: () => false,
  };
  const { host, pod } = place ?? placeNamed(world, undefined);
  const session = { simulation, host, pod, stdin: '', piped: false, readFiles, deferred: true };
  const { stdout, stderr, exitCode } = runLine(session, line);
  return { commands, exitCode, text: stdout + stderr };
}
