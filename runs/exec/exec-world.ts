/**
 * What a typed command reaches of a simulation, what it is given and what comes of it.
 */
import type { Observable } from 'rxjs';
import type { ClusterCommand } from '../../controllers/command.ts';
import type { ClusterState } from '../../controllers/state.ts';
import type { Address } from '../../net/address.ts';
import type { NetCommand } from '../../net/command.ts';
import type { Host } from '../../net/host.ts';
import type { Network } from '../../net/network.ts';
import type { ContainerLogs } from '../container-log/container-logs.ts';
import type { ReadFiles } from '../kubectl/apply.ts';
import type { NameSettings } from '../world/name-lookup.ts';

export interface ExecWorld {
  readonly net: Network;
  readonly cluster: ClusterState;
  readonly names: NameSettings;
}

/** A simulation under way, as far as commands need it. */
export interface ExecSimulation {
  readonly world: ExecWorld;
  readonly nowNs: number;
  /** What containers have written, where somebody keeps it. */
  readonly logs?: ContainerLogs | undefined;
  /** Every fact, once the world has taken it in. */
  readonly events: Observable<{ readonly kind: number; readonly at: number }>;
  schedule(command: NetCommand | ClusterCommand): void;
  /** Runs everything that falls due up to an instant, that included. */
  runUntil(atNs: number): void;
  /** Runs while `pending` holds. @returns whether it has ceased to hold; else nothing more was to come */
  runWhile(pending: () => boolean, latestNs?: number): boolean;
}

export interface ExecRequest {
  /** `host/NAME`, `node/NAME`, `pod/[NS/]NAME`; absent: the first node. */
  readonly on?: string | undefined;
  /** The command and its words. A single word with blanks in it is read as a shell reads a line. */
  readonly argv: readonly string[];
  readonly stdin?: string;
  /** What `kubectl -f` reads; absent: there are no files. */
  readonly readFiles?: ReadFiles;
}

export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** What one command is given. */
export interface Session {
  readonly simulation: ExecSimulation;
  readonly host: Host;
  /** Name of the pod that it is typed in, `undefined` on a node or an outside host. */
  readonly pod: { readonly namespace: string; readonly name: string; readonly container?: string } | undefined;
  readonly stdin: string;
  /** Its output goes into a pipe rather than to a terminal. */
  readonly piped: boolean;
  readonly readFiles: ReadFiles | undefined;
  /** It stands on a timeline: what it schedules is carried out once it has returned, so it waits for no answer. */
  readonly deferred: boolean;
}

export type Command = (session: Session, argv: readonly string[]) => ExecResult;

/**
 * The handle of an address that somebody typed. While a decision is made no new address may become known, so on a
 * timeline one that nobody has met is 0.
 */
export function handleOf({ simulation, deferred }: Session, address: string): Address {
  const { addresses } = simulation.world.net;
  return deferred ? addresses.find(address) : addresses.intern(address);
}

export function said(stdout: string, stderr = '', exitCode = 0): ExecResult {
  return { stdout, stderr, exitCode };
}
