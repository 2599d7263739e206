// Time-ordered ids: version 7, unique, and sorting as their instants do.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { uuid7 } from './uuid7.ts';

test('an id is of version 7 and carries its milliseconds', () => {
  expect(uuid7(0x0123456789ab)).toMatch(/^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('ids sort as their instants do', () => {
  const millis = fc.integer({ min: 0, max: 2 ** 47 });
  fc.assert(
    fc.property(millis, millis, (a, b) => {
      fc.pre(a !== b);
      expect(uuid7(a) < uuid7(b)).toBe(a < b);
    }),
  );
});

test('ids of one millisecond differ', () => {
  expect(new Set(Array.from({ length: 10_000 }, () => uuid7(1))).size).toBe(10_000);
});
