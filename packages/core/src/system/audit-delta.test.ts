// What the log keeps of a change is enough to make the later state of the earlier one, and no more.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../schema/canonical-json.ts';
import { auditDelta } from './audit-delta.ts';

const object = fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), fc.jsonValue({ maxDepth: 2 }));

test('the earlier object with its differing properties exchanged is the later one', () => {
  fc.assert(
    fc.property(object, object, (before, after) => {
      const delta = auditDelta(before, after) as { before: object; after: object };
      const made = new Map(Object.entries(before));
      for (const key of Object.keys(delta.before)) made.delete(key);
      for (const [key, value] of Object.entries(delta.after)) made.set(key, value);
      expect(canonicalJson(Object.fromEntries(made))).toBe(canonicalJson(after));
    }),
  );
});

test('an object that did not change leaves nothing, in whatever order it is written', () => {
  expect(auditDelta({ a: 1, b: { c: 1, d: 2 } }, { b: { d: 2, c: 1 }, a: 1 })).toEqual({
    before: {},
    after: {},
  });
});

test('values, lists, and the side that is missing stay whole', () => {
  expect(auditDelta(null, { a: 1 })).toEqual({ before: null, after: { a: 1 } });
  expect(auditDelta([1], [1, 2])).toEqual({ before: [1], after: [1, 2] });
});
