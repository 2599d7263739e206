// Instants: text and microseconds are the same thing in both directions, and a time without a zone is none.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatInstant, fromDate, now, parseInstant, toDate } from './instant.ts';

describe('reading an instant', () => {
  test('gives back whatever was written', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (instant) => {
        expect(parseInstant(formatInstant(instant))).toBe(instant + 0);
      }),
    );
  });

  test.each([
    ['1970-01-01T00:00:00Z', 0],
    ['1969-12-31T23:59:59.999999Z', -1],
    ['1970-01-01 00:00:01z', 1_000_000],
    ['1970-01-01T02:00:00+02:00', 0],
    ['1969-12-31T18:30:00-05:30', 0],
    ['1970-01-01T00:00:00.1234569Z', 123_456],
    ['2024-02-29T23:59:59.5+14:00', Date.UTC(2024, 1, 29, 9, 59, 59, 500) * 1000],
  ])('%s', (text, instant) => {
    expect(parseInstant(text)).toBe(instant);
  });

  test.each([
    '',
    '2026-03-01',
    '2026-03-01T12:00:00',
    '2026-03-01T12:00Z',
    '2026-02-30T00:00:00Z',
    '2026-02-31T23:30:00-02:00',
    '2026-13-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T12:60:00Z',
    '2026-01-01T12:00:00+25:00',
    '2026-01-01T12:00:00.Z',
    '0001-01-01T00:00:00Z',
    '9999-12-31T00:00:00Z',
    ' 2026-03-01T12:00:00Z',
    '2026-03-01T12:00:00Z\n',
  ])('refuses %j', (text) => {
    expect(() => parseInstant(text)).toThrow(expect.objectContaining({ code: 'RECORD_INVALID' }));
  });
});

test('text sorts as time does, within one length', () => {
  const era = fc.integer({ min: 0, max: 4_000_000_000_000 }).map((seconds) => seconds * 1000 + 1);
  fc.assert(
    fc.property(era, era, (a, b) => {
      expect(formatInstant(a) < formatInstant(b)).toBe(a < b);
    }),
  );
});

test.each([
  [0, '1970-01-01T00:00:00Z'],
  [1_000, '1970-01-01T00:00:00.001Z'],
  [-1_000, '1969-12-31T23:59:59.999Z'],
  [-1_000_001, '1969-12-31T23:59:58.999999Z'],
])('%d is written %s', (instant, text) => {
  expect(formatInstant(instant)).toBe(text);
});

test('dates and instants meet at the millisecond', () => {
  const date = new Date('2026-03-01T12:00:00.123Z');
  expect(toDate(fromDate(date))).toEqual(date);
  expect(toDate(-1)).toEqual(new Date(-1));
  expect(now() % 1000).toBe(0);
});
