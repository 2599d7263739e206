import { expect, test } from 'vitest';
import { Secret } from '../schema/secret.ts';
import { isSame } from './same.ts';

const nothing: unknown = undefined;

test.each([
  [1, '1'],
  [1.5, '1.50'],
  [0, '-0.0'],
  [1e-7, '0.0000001'],
  [1e21, '1000000000000000000000'],
  [9_007_199_254_740_991, '9007199254740991'],
  [true, 1],
  [true, '1'],
  ['false', false],
  [0, false],
  [null, nothing],
  [{ a: 1, b: null }, { a: '1' }],
  [[{ b: 1, a: 2 }], [{ a: 2, b: 1 }]],
])('%j and %j mean the same', (one, other) => {
  expect([isSame(one, other), isSame(other, one)]).toEqual([true, true]);
});

test.each([
  ['1.10', '1.1'],
  ['01', 1],
  ['1 ', 1],
  ['', nothing],
  ['', 0],
  [0, nothing],
  [false, nothing],
  [9_007_199_254_740_992, '9007199254740993'],
  [2, true],
  ['yes', true],
  [
    [1, 2],
    [2, 1],
  ],
  [[], nothing],
  [[1], { 0: 1 }],
  [{ a: 1 }, { b: 1 }],
  [JSON.parse('{"__proto__":{"a":1}}'), {}],
])('%j and %j differ', (one, other) => {
  expect([isSame(one, other), isSame(other, one)]).toEqual([false, false]);
});

test.each([
  [['b', 'a', 'a'], ['a', 'b'], true],
  [['a', 'b'], 'b;a', true],
  ['virtio=AA:BB,bridge=vmbr0', 'bridge=vmbr0,virtio=AA:BB', true],
  [[], null, true],
  ['', nothing, true],
  [['1'], [1], true],
  [['a'], ['a', 'b'], false],
  ['a,b', 'a', false],
  [{ a: 1 }, ['a'], false],
])('as sets, %j and %j: same is %s', (one, other, expected) => {
  expect([isSame(one, other, true), isSame(other, one, true)]).toEqual([expected, expected]);
});

test('secrets are compared by what they hold', () => {
  expect(isSame(new Secret('a'), new Secret('a'))).toBe(true);
  expect(isSame(new Secret('a'), 'a')).toBe(true);
  expect(isSame(new Secret('a'), new Secret('b'))).toBe(false);
  expect(isSame(new Secret('a'), nothing)).toBe(false);
});
