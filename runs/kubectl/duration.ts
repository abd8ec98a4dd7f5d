/**
 * Spans of time as kubectl writes them: `26s`, `2m5s`, `22m`, `3d5h`.
 * @see kubernetes staging/src/k8s.io/apimachinery/pkg/util/duration/duration.go HumanDuration
 */
import { parseTimestamp } from '../../controllers/timestamp.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** @param seconds fractions are cut off */
export function humanDuration(seconds: number): string {
  const whole = Math.trunc(seconds);
  if (whole < -1) return '<invalid>';
  if (whole < 0) return '0s';
  if (whole < 2 * MINUTE) return `${whole}s`;
  const minutes = Math.floor(whole / MINUTE);
  if (minutes < 10) return withRest(minutes, 'm', whole % MINUTE, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(whole / HOUR);
  if (hours < 8) return withRest(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return withRest(days, 'd', hours % 24, 'h');
  if (days < 365 * 2) return `${days}d`;
  const years = Math.floor(days / 365);
  return days < 365 * 8 ? withRest(years, 'y', days % 365, 'd') : `${years}y`;
}

function withRest(whole: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${whole}${unit}` : `${whole}${unit}${rest}${restUnit}`;
}

/**
 * The AGE of an instant.
 * @param nowSeconds wall clock, seconds since 1970
 */
export function ageOf(timestamp: string | undefined, nowSeconds: number): string {
  const since = parseTimestamp(timestamp ?? '');
  return since === undefined ? '<unknown>' : humanDuration(nowSeconds - since);
}
