// What is due: simulated over months, and after each accident.

import { expect, test } from 'vitest';
import { chainTo } from './chain.ts';
import type { ArchiveFacts } from './facts.ts';
import { defaultSchedule, due } from './schedule.ts';
import { archive, day, hour } from './test-archives.ts';

const start = Date.UTC(2025, 0, 1) * 1000;
const minute = hour / 60;

/** Asks each `step` what is due, and does it. */
function simulate(days: number, step: number, schedule = defaultSchedule): ArchiveFacts[] {
  const archives: ArchiveFacts[] = [];
  for (let now = start; now < start + days * day; now += step) {
    const next = due(archives, { now, timeline: 'one', schedule });
    if (next !== undefined) archives.push(archive(`a${archives.length}`, now, next));
  }
  return archives;
}

const withoutSegments = { ...defaultSchedule, segment: null };

test('a full archive weekly, incremental and differential ones by turns daily, everything monthly', () => {
  const archives = simulate(42, hour, withoutSegments);
  const types = archives.map(({ type }) => type);
  expect(types.slice(0, 8)).toEqual([
    ...['full', 'incremental', 'differential', 'incremental', 'differential', 'incremental', 'differential'],
    'full',
  ]);
  expect(types.filter((type) => type === 'full')).toHaveLength(6);
  const everything = archives.filter(({ dataClasses }) => dataClasses.includes('informational'));
  expect(everything.map(({ at }) => (at - start) / day)).toEqual([0, 28]);
  for (const { id } of archives) expect(chainTo(archives, id).length).toBeGreaterThan(0);
});

test('changes of critical tables wait a minute at most, and a chain needs no segments of days before', () => {
  const archives = simulate(2, minute);
  const gaps = archives.slice(1).map(({ at }, index) => at - archives[index]!.at);
  expect(Math.max(...gaps)).toBe(minute);
  const last = chainTo(archives, archives.at(-1)!.id);
  expect(last.slice(0, 2).map(({ type }) => type)).toEqual(['full', 'incremental']);
  const daily = archives.find(({ type }) => type === 'incremental')!;
  expect(chainTo(archives, daily.id)).toHaveLength(2);
});

test('what was missed is made up for by one', () => {
  const archives = [archive('full', start), archive('inc', start + day, { baseId: 'full' })];
  const now = start + 6 * day;
  expect(due(archives, { now, timeline: 'one' })).toMatchObject({ type: 'differential', baseId: 'full' });
  expect(due(archives, { now: start + 8 * day, timeline: 'one' })).toMatchObject({
    type: 'full',
    baseId: null,
  });
});

test('after a restore everything begins anew', () => {
  const archives = [archive('full', start)];
  expect(due(archives, { now: start + minute, timeline: 'two' })).toMatchObject({
    type: 'full',
    reason: 'there is no full archive of this timeline',
  });
});

test('archives from a clock that ran ahead put nothing off', () => {
  const ahead = [archive('full', start), archive('future', start + 400 * day, { baseId: 'full' })];
  expect(due(ahead, { now: start + day, timeline: 'one' })).toMatchObject({
    type: 'incremental',
    baseId: 'full',
  });
  expect(due([archive('future', start + 400 * day)], { now: start, timeline: 'one' })).toMatchObject({
    type: 'full',
  });
});

test('nothing is due right after', () => {
  expect(due([archive('full', start)], { now: start + minute - 1, timeline: 'one' })).toBeUndefined();
  const never = { ...defaultSchedule, partial: null, segment: null };
  expect(
    due([archive('full', start)], { now: start + 6 * day, timeline: 'one', schedule: never }),
  ).toBeUndefined();
});
