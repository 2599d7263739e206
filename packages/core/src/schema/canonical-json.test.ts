// Canonical JSON: equal values give equal text, whatever the order their keys were set in.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, each]) => [key, reversed(each)]),
  );
};

test('the order of keys does not count, at any depth', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
    }),
  );
});

test('it means the same as the plain text', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('keys are sorted, lists are not', () => {
  expect(canonicalJson({ b: 1, a: [2, 1], é: { z: 0, Z: 0 } })).toBe('{"a":[2,1],"b":1,"é":{"Z":0,"z":0}}');
});

test('a key named like a part of every object is a key', () => {
  const value = JSON.parse('{"b":1,"__proto__":{"x":1},"a":2}') as unknown;
  expect(canonicalJson(value)).toBe('{"__proto__":{"x":1},"a":2,"b":1}');
});
