// Lenient reading: every spelling that some version uses, and nothing made up where a value makes no sense.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bool, clean, instantOf, int, num, rest, set, str } from './decode.ts';

test.each([
  [1, 1],
  ['1', 1],
  [' 2.5 ', 2.5],
  ['1e3', 1000],
  ['', undefined],
  ['x', undefined],
  [null, undefined],
  [undefined, undefined],
  [true, undefined],
  [Number.NaN, undefined],
  [{}, undefined],
])('num(%j) is %j', (given, expected) => expect(num(given)).toBe(expected));

test.each([
  [12_500_000_000_000, 12_500_000_000_000],
  ['2048', 2048],
  [1.6, 2],
  [2 ** 60, undefined],
  ['1e400', undefined],
])('int(%j) is %j', (given, expected) => expect(int(given)).toBe(expected));

test.each([
  [1, true],
  ['1', true],
  ['on', true],
  [true, true],
  [0, false],
  ['0', false],
  ['', false],
  [null, false],
  [undefined, undefined],
  ['maybe', undefined],
])('bool(%j) is %j', (given, expected) => expect(bool(given)).toBe(expected));

test.each([
  ['a', 'a'],
  ['', null],
  [null, null],
  [undefined, undefined],
  [7, '7'],
  ['a\0b', 'a\ufffdb'],
  ['a\ud800', 'a\ufffd'],
  [{}, undefined],
])('str(%j) is %j', (given, expected) => expect(str(given)).toBe(expected));

test('sets do not depend on order, doubles or separator', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.stringMatching(/^[a-z0-9-]{1,8}$/), { minLength: 1 }),
      fc.constantFrom(',', ';', ' ; '),
      (words, by) => {
        expect(set([...words, words[0]].reverse().join(by))).toEqual([...words].sort());
      },
    ),
  );
  expect(set('')).toBeNull();
  expect(set(undefined)).toBeUndefined();
});

test('seconds become microseconds', () => {
  expect(instantOf('1700000000')).toBe(1_700_000_000_000_000);
  expect(instantOf(1e30)).toBeUndefined();
});

test('what is left over is cleaned, and empty when all is known', () => {
  expect(rest({ a: 1, b: 'x\0', c: null, d: '' }, new Set(['a']))).toEqual({ b: 'x\ufffd' });
  expect(rest({ a: 1 }, new Set(['a']))).toBeUndefined();
  expect(clean({ deep: ['\ud800', { x: 'ok' }] })).toEqual({ deep: ['\ufffd', { x: 'ok' }] });
});
