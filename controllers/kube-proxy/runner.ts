/**
 * When a kube-proxy writes its rules: changes that bear on rules ask for a sync, and a token bucket merges those that
 * come too fast. What it writes is the proxier's affair.
 * @see kubernetes pkg/util/async/bounded_frequency_runner.go (burst of 2), pkg/proxy/runner (since 1.34: none)
 */
import type { SyncTiming } from '../config.ts';
import type { EndpointKind } from './change-tracker.ts';

/** Changed by `evolve` alone. */
export interface ProxyRunner {
  readonly timing: SyncTiming;
  /** Where it reads endpoints from. */
  readonly reads: EndpointKind;
  /** Instant of the last sync, in ns; -1: none yet. */
  lastSyncAt: number;
  /** Syncs that the bucket permits at `tokensAt`. */
  tokens: number;
  tokensAt: number;
  /** Instant of the sync that is to come; -1: none is asked for. */
  dueAt: number;
  /** The next sync writes everything. */
  full: boolean;
}

export function proxyRunner(timing: SyncTiming, reads: ProxyRunner['reads']): ProxyRunner {
  return { timing, reads, lastSyncAt: -1, tokens: timing.burst, tokensAt: 0, dueAt: -1, full: true };
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

/** Notes that a sync ran. */
export function ranSync(runner: ProxyRunner, at: number): void {
  runner.tokens = Math.max(0, tokensAt(runner, at) - 1);
  runner.tokensAt = at;
  runner.lastSyncAt = at;
  runner.dueAt = -1;
  runner.full = false;
}

/** Back to how a fresh process begins. */
export function resetRunner(runner: ProxyRunner, at: number): void {
  ranSync(runner, at);
  runner.lastSyncAt = -1;
  runner.tokens = runner.timing.burst;
  runner.full = true;
}
