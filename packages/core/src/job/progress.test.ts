// Rate and time left, from samples.

import { expect, test } from 'vitest';
import { addSample, type ProgressSamples, paceOf } from './progress.ts';

const second = 1_000_000;
const after = (...done: number[]): ProgressSamples =>
  done.reduce<ProgressSamples>((samples, each, index) => addSample(samples, index * second, each), []);

test('rate and time left come from the samples', () => {
  expect(paceOf(after(0, 10, 20), 100, 2 * second)).toEqual({ perSecond: 10, leftMs: 8_000 });
  expect(paceOf(after(5, 10), null, second)).toEqual({ perSecond: 5, leftMs: null });
});

test('until there are two instants nothing is said', () => {
  expect(paceOf([], 10, 0)).toEqual({ perSecond: null, leftMs: null });
  expect(paceOf(after(3), 10, 5 * second)).toEqual({ perSecond: null, leftMs: null });
  expect(paceOf(addSample(after(3), 0, 4), 10, second)).toEqual({ perSecond: null, leftMs: null });
});

test('a job that stands still gets slower, and one that did nothing has no end', () => {
  expect(paceOf(after(0, 10), 100, 11 * second).perSecond).toBe(1);
  expect(paceOf(after(0, 0, 0), 100, 2 * second)).toEqual({ perSecond: 0, leftMs: null });
});

test('more than its total leaves nothing, not less', () => {
  expect(paceOf(after(0, 12), 10, second).leftMs).toBe(0);
});

test('only the newest samples count, and a count or clock that goes back starts anew', () => {
  const slowThenFast = Array.from({ length: 60 }, (_, index) =>
    index < 40 ? index : 40 + (index - 40) * 100,
  );
  expect(paceOf(after(...slowThenFast), null, 59 * second).perSecond).toBe(100);
  expect(addSample(after(5, 9), 2 * second, 1)).toEqual([[2 * second, 1]]);
  expect(addSample(after(5, 9), -second, 12)).toEqual([[-second, 12]]);
});
