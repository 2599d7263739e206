// Slots of cron expressions, in their time zone, across changes of the clock.

import { expect, test } from 'vitest';
import { formatInstant, parseInstant } from '../schema/instant.ts';
import { type CronTimes, nextSlot, slotsBetween } from './cron.ts';

const from = (times: CronTimes, start: string, count: number): string[] => {
  const out: string[] = [];
  for (
    let at = nextSlot(times, parseInstant(start));
    at !== null && out.length < count;
    at = nextSlot(times, at)
  )
    out.push(formatInstant(at));
  return out;
};
const utc = (cron: string): CronTimes => ({ cron, timeZone: 'UTC' });
const berlin = (cron: string): CronTimes => ({ cron, timeZone: 'Europe/Berlin' });

test('the slot of an instant itself is over', () => {
  expect(from(utc('*/15 * * * *'), '2026-03-01T12:15:00Z', 2)).toEqual([
    '2026-03-01T12:30:00Z',
    '2026-03-01T12:45:00Z',
  ]);
  expect(from(utc('*/10 * * * * *'), '2026-03-01T12:15:59.999Z', 1)).toEqual(['2026-03-01T12:16:00Z']);
});

test('a slot keeps its time on the wall when the clock changes', () => {
  expect(from(berlin('0 6 * * *'), '2026-03-28T00:00:00Z', 2)).toEqual([
    '2026-03-28T05:00:00Z',
    '2026-03-29T04:00:00Z',
  ]);
});

test('in the hour that does not exist a slot comes once, and in the hour that comes twice too', () => {
  expect(from(berlin('30 2 * * *'), '2026-03-28T12:00:00Z', 2)).toEqual([
    '2026-03-29T01:00:00Z',
    '2026-03-30T00:30:00Z',
  ]);
  expect(from(berlin('30 2 * * *'), '2026-10-24T12:00:00Z', 2)).toEqual([
    '2026-10-25T00:30:00Z',
    '2026-10-26T01:30:00Z',
  ]);
});

test('what never comes has no slot', () => {
  expect(nextSlot(utc('0 0 30 2 *'), 0)).toBeNull();
});

test('slots are counted, up to a bound', () => {
  const [start, end] = ['2026-03-01T00:00:00Z', '2026-03-01T03:00:00Z'].map(parseInstant) as [number, number];
  expect(slotsBetween(utc('0 * * * *'), start, end)).toBe(3);
  expect(slotsBetween(utc('* * * * * *'), start, end)).toBe(1_000);
});

test.each([
  ['', 'UTC'],
  ['61 * * * *', 'UTC'],
  ['every day', 'UTC'],
  ['0 0 * * *', 'Atlantis/Capital'],
])('%j in %s is refused with what is wrong', (cron, timeZone) => {
  expect(() => nextSlot({ cron, timeZone }, 0)).toThrow(
    expect.objectContaining({ code: 'SETTING_INVALID', exit: 2 }),
  );
});
