// Hours, days, weeks, months and years of a time zone, as names for what lies in them.

import type { Instant } from '../../schema/instant.ts';

export const periods = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
export type Period = (typeof periods)[number];

/** Equal for instants of one period, and text that says which period that is. */
export interface Slot {
  readonly key: string;
  /** As in "the last of …". */
  readonly words: string;
}

const day = 86_400_000;
const months = 'January February March April May June July August September October November December'.split(
  ' ',
);
const weekdays = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

/**
 * Days, weeks from Monday, months and years are those of the zone's calendar; a day of 23 or 25 hours is one day. Hours are
 * those of UTC, so that the hour that a clock shows twice is two.
 * @param zone name as in the IANA database
 */
export function calendar(zone = 'UTC'): (at: Instant, period: Period) => Slot {
  const format = new Intl.DateTimeFormat('en-u-ca-iso8601-nu-latn', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    era: 'short',
  });
  /** Midnight of the zone's date, as if that were UTC. */
  const dateOf = (at: Instant): Date => {
    const millis = Math.floor(at / 1000);
    if (zone === 'UTC') return new Date(Math.floor(millis / day) * day);
    const parts = Object.fromEntries(format.formatToParts(millis).map(({ type, value }) => [type, value]));
    return new Date(Date.UTC(Number(parts['year']), Number(parts['month']) - 1, Number(parts['day'])));
  };
  return (at, period) => {
    if (period === 'hourly') {
      const hour = new Date(Math.floor(at / 3_600_000_000) * 3_600_000);
      const key = hour.toISOString().slice(0, 13);
      return { key, words: `the hour from ${key.slice(11)}:00 UTC on ${dateWords(hour)}` };
    }
    const date = dateOf(at);
    const iso = date.toISOString();
    if (period === 'daily') return { key: iso.slice(0, 10), words: dateWords(date) };
    if (period === 'monthly')
      return { key: iso.slice(0, 7), words: `${months[date.getUTCMonth()]} ${date.getUTCFullYear()}` };
    if (period === 'yearly') return { key: iso.slice(0, 4), words: String(date.getUTCFullYear()) };
    const monday = new Date(date.getTime() - ((date.getUTCDay() + 6) % 7) * day);
    return { key: monday.toISOString().slice(0, 10), words: `the week from ${dateWords(monday)}` };
  };
}

const dateWords = (date: Date): string =>
  `${weekdays[date.getUTCDay()]} ${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
