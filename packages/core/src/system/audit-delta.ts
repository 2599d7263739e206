// What a change was: of two objects the properties that differ, anything else as it is.

import { canonicalJson } from '../schema/canonical-json.ts';

interface Change {
  readonly before: unknown;
  readonly after: unknown;
}

/** Whole objects would fill the log: a collection of n records changed one by one would be stored n times over. */
export function auditDelta(before: unknown, after: unknown): Change {
  if (!isObject(before) || !isObject(after)) return { before, after };
  return { before: differing(before, after), after: differing(after, before) };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const differing = (one: Record<string, unknown>, other: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(one).filter(
      ([key, value]) => !Object.hasOwn(other, key) || canonicalJson(value) !== canonicalJson(other[key]),
    ),
  );
