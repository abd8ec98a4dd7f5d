/**
 * Instants as Kubernetes writes them: RFC 3339, UTC, whole seconds. Wall-clock objects are banned below `runs`, so the
 * civil calendar is reckoned here.
 */
import { SECOND } from '../core/time.ts';

const DAY_SECONDS = 86_400;

/**
 * Formats seconds since 1970 (fractions are cut).
 * @see http://howardhinnant.github.io/date_algorithms.html "civil_from_days"
 */
export function formatTimestamp(epochSeconds: number): string {
  const whole = Math.floor(epochSeconds);
  const days = Math.floor(whole / DAY_SECONDS);
  const second = whole - days * DAY_SECONDS;
  // Years begin in March here, so that the leap day is the last of its year.
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const two = (n: number): string => String(n).padStart(2, '0');
  const clock = `${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`;
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${clock}Z`;
}

/** Reads `2024-01-01T00:00:00Z`. @returns seconds since 1970, or `undefined` when the text has another form */
export function parseTimestamp(text: string): number | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$/.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return (era * 146_097 + dayOfEra - 719_468) * DAY_SECONDS + hour * 3600 + minute * 60 + second;
}

/** The wall clock's text `atNs` after `startSeconds`. */
export function timestampAt(startSeconds: number, atNs: number): string {
  return formatTimestamp(startSeconds + wholeSeconds(atNs));
}

/** Whole seconds in a time, exact: a quotient of doubles may round up. */
function wholeSeconds(ns: number): number {
  const rest = ((ns % SECOND) + SECOND) % SECOND;
  return (ns - rest) / SECOND;
}
