/**
 * When a kube-proxy writes its rules: changes that bear on rules ask for a sync, and a token bucket merges those that
 * come too fast. What it writes is the proxier's affair.
 * @see kubernetes pkg/util/async/bounded_frequency_runner.go (burst of 2), pkg/proxy/runner (since 1.34: none)
 */
import type { SyncTiming } from '../config.ts';
import type { EndpointSlice } from '../object/endpoint-slice.ts';
import type { Service } from '../object/service.ts';
import type { Change } from '../store.ts';
import {
  type ChangeTracker,
  changedServices,
  changeTracker,
  takeChanges,
  trackService,
  trackSlice,
} from './change-tracker.ts';
import { slicesOfEndpoints } from './endpoints-slice.ts';
import type { ServiceReading } from './service-port.ts';

/** Changed by `evolve` alone. */
export interface ProxyRunner {
  readonly timing: SyncTiming;
  /** Where it reads endpoints from. */
  readonly reads: 'EndpointSlice' | 'Endpoints';
  /** Instant of the last sync, in ns; -1: none yet. */
  lastSyncAt: number;
  /** Syncs that the bucket permits at `tokensAt`. */
  tokens: number;
  tokensAt: number;
  /** Instant of the sync that is to come; -1: none is asked for. */
  dueAt: number;
  /** The next sync writes everything. */
  full: boolean;
  /** Only what changed since the last sync stands in it: a cluster's objects times its nodes would be too many. */
  readonly tracker: ChangeTracker;
}

export function proxyRunner(timing: SyncTiming, reads: ProxyRunner['reads']): ProxyRunner {
  const tracker = changeTracker();
  return { timing, reads, lastSyncAt: -1, tokens: timing.burst, tokensAt: 0, dueAt: -1, full: true, tracker };
}

/** Tokens at `at`, ns: one returns each minimum interval, up to the burst. */
function tokensAt(runner: ProxyRunner, at: number): number {
  const { burst, minSyncNs } = runner.timing;
  if (minSyncNs === 0) return burst;
  return Math.min(burst, runner.tokens + (at - runner.tokensAt) / minSyncNs);
}

/** The earliest instant, not before `at`, at which a sync may run. */
export function nextSyncAt(runner: ProxyRunner, at: number): number {
  if (runner.lastSyncAt < 0 || tokensAt(runner, at) >= 1) return at;
  return Math.max(at, runner.lastSyncAt + runner.timing.minSyncNs);
}

/** Asks for a sync. @returns whether none was to come before */
export function requestSync(runner: ProxyRunner, at: number): boolean {
  if (runner.dueAt >= 0) return false;
  runner.dueAt = nextSyncAt(runner, at);
  return true;
}

/** Takes in a change that the proxy was told of. @returns whether it bears on rules */
export function track({ tracker }: ProxyRunner, change: Change, reading: ServiceReading): boolean {
  const { key, object, previous, deleted } = change;
  if (object.kind === 'Service') {
    if (!tracker.services.has(key) && previous !== undefined) tracker.services.set(key, previous as Service);
    return trackService(tracker, key, deleted ? undefined : object, reading);
  }
  if (object.kind === 'EndpointSlice') {
    return trackOne(tracker, key, previous as EndpointSlice | undefined, deleted ? undefined : object);
  }
  if (object.kind !== 'Endpoints') return false;
  const before = previous?.kind === 'Endpoints' ? slicesOfEndpoints(previous) : [];
  const after = deleted ? [] : slicesOfEndpoints(object);
  let wanted = false;
  for (let i = 0; i < Math.max(before.length, after.length); i++) {
    wanted = trackOne(tracker, `${key}#${i}`, before[i], after[i]) || wanted;
  }
  return wanted;
}

function trackOne(
  tracker: ChangeTracker,
  key: string,
  previous: EndpointSlice | undefined,
  current: EndpointSlice | undefined,
): boolean {
  if (!tracker.slices.has(key) && previous !== undefined) tracker.slices.set(key, previous);
  return trackSlice(tracker, key, current);
}

/** `namespace/name` of the services whose chains the next sync is to write, or `undefined`: all. */
export function pendingServices(runner: ProxyRunner): ReadonlySet<string> | undefined {
  return runner.full ? undefined : changedServices(runner.tracker);
}

/** Notes that a sync ran. */
export function ranSync(runner: ProxyRunner, at: number): void {
  runner.tokens = Math.max(0, tokensAt(runner, at) - 1);
  runner.tokensAt = at;
  runner.lastSyncAt = at;
  runner.dueAt = -1;
  runner.full = false;
  takeChanges(runner.tracker);
  runner.tracker.services.clear();
  runner.tracker.slices.clear();
}

/** Back to how a fresh process begins. */
export function resetRunner(runner: ProxyRunner, at: number): void {
  ranSync(runner, at);
  runner.lastSyncAt = -1;
  runner.tokens = runner.timing.burst;
  runner.full = true;
}
