/**
 * The schedule of a CronJob: five fields (minute, hour, day of month, month, day of week), or a name for one.
 * @see https://pkg.go.dev/github.com/robfig/cron/v3
 */

export interface Schedule {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** Both are restricted: one of the two is enough. */
  readonly anyDay: boolean;
}

const NAMES: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const MONTHS = ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const MINUTE_SECONDS = 60;
const DAY_SECONDS = 86_400;
/** Leap years come round within eight years. */
const HORIZON_DAYS = 8 * 366;

/** @returns the schedule, or what is wrong with the text */
export function parseSchedule(text: string): Schedule | string {
  const fields = (NAMES[text.trim()] ?? text).trim().split(/\s+/);
  if (fields.length !== 5) return `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`;
  const [minute, hour, day, month, weekday] = fields as [string, string, string, string, string];
  const sets = [
    valuesOf(minute, 0, 59, []),
    valuesOf(hour, 0, 23, []),
    valuesOf(day, 1, 31, []),
    valuesOf(month, 1, 12, MONTHS),
    valuesOf(weekday, 0, 6, WEEKDAYS),
  ];
  const wrong = sets.find((set) => typeof set === 'string');
  if (typeof wrong === 'string') return wrong;
  const [minutes, hours, days, months, weekdays] = sets as [
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
  ];
  const isOpen = (field: string): boolean => /^[*?]/.test(field);
  return { minutes, hours, days, months, weekdays, anyDay: !isOpen(day) && !isOpen(weekday) };
}

function valuesOf(field: string, least: number, most: number, names: readonly string[]): Set<number> | string {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const match = /^(?:([*?])|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(part);
    if (match === null) return `failed to parse int from ${part}`;
    const [, open, from, to, stepText] = match;
    const step = Number(stepText ?? 1);
    const first = open === undefined ? numberOf(from!, names) : least;
    const last =
      open !== undefined ? most : to !== undefined ? numberOf(to, names) : stepText === undefined ? first : most;
    if (Number.isNaN(first) || Number.isNaN(last)) return `failed to parse int from ${part}`;
    if (first < least) return `beginning of range (${first}) below minimum (${least}): ${part}`;
    if (last > most) return `end of range (${last}) above maximum (${most}): ${part}`;
    if (first > last) return `beginning of range (${first}) beyond end of range (${last}): ${part}`;
    if (step === 0) return `step of range should be a positive number: ${part}`;
    for (let value = first; value <= last; value += step) values.add(value);
  }
  return values;
}

function numberOf(word: string, names: readonly string[]): number {
  const at = names.indexOf(word.toLowerCase());
  return at >= 0 ? at : /^\d+$/.test(word) ? Number(word) : Number.NaN;
}

/** The first instant after `seconds` (since 1970, UTC) that the schedule names; `undefined`: there is none. */
export function nextInstant(schedule: Schedule, seconds: number): number | undefined {
  const from = (Math.floor(seconds / MINUTE_SECONDS) + 1) * MINUTE_SECONDS;
  let day = Math.floor(from / DAY_SECONDS);
  for (let i = 0; i < HORIZON_DAYS; i++, day++) {
    if (!isDay(schedule, day)) continue;
    const start = Math.max(from, day * DAY_SECONDS);
    for (let at = start; at < (day + 1) * DAY_SECONDS; at += MINUTE_SECONDS) {
      const minute = (at % DAY_SECONDS) / MINUTE_SECONDS;
      if (schedule.hours.has(Math.floor(minute / 60)) && schedule.minutes.has(minute % 60)) return at;
    }
  }
  return undefined;
}

/** @param day since 1970-01-01, a Thursday */
function isDay({ days, months, weekdays, anyDay }: Schedule, day: number): boolean {
  const { month, dayOfMonth } = dateOf(day);
  if (!months.has(month)) return false;
  const isDate = days.has(dayOfMonth);
  const isWeekday = weekdays.has((day + 4) % 7);
  return anyDay ? isDate || isWeekday : isDate && isWeekday;
}

/** Month and day of the Gregorian calendar, in eras of 400 years that begin with a March. */
function dateOf(day: number): { month: number; dayOfMonth: number } {
  const shifted = day + 719_468;
  const dayOfEra = shifted - Math.floor(shifted / 146_097) * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  return {
    month: marchMonth < 10 ? marchMonth + 3 : marchMonth - 9,
    dayOfMonth: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  };
}
