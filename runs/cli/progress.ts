/**
 * How far a run has come: a bar on standard error, and only where somebody watches.
 */
import cliProgress from 'cli-progress';
import { formatDuration, SECOND } from '../../core/time.ts';
import { grouped } from '../report/number-text.ts';

export interface Progress {
  /** @param nowNs virtual time */
  update(nowNs: number, events: number): void;
  stop(): void;
}

export const SILENT: Progress = { update: () => {}, stop: () => {} };

/** @param endNs virtual end of the run; `undefined` where it is not known */
export function progressBar(endNs: number | undefined): Progress {
  const format = endNs === undefined ? ' {at} virtual · {events} events' : ' {bar} {at} virtual · {events} events';
  const bar = new cliProgress.SingleBar(
    { format, clearOnComplete: true, hideCursor: true, fps: 5, stream: process.stderr },
    cliProgress.Presets.shades_classic,
  );
  bar.start(endNs ?? 1, 0, { at: '0s', events: '0' });
  return {
    update(nowNs, events) {
      const at = formatDuration(Math.round(nowNs / SECOND) * SECOND);
      bar.update(endNs === undefined ? 0 : Math.min(nowNs, endNs), { at, events: grouped(events) });
    },
    stop: () => bar.stop(),
  };
}
