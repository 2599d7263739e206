// What is wanted against what is there: the leaves that differ.

import { Secret } from '../schema/secret.ts';
import type { PathPattern, Segments } from './path.ts';
import { isNothing, isSame, own } from './same.ts';
import { isObject, type State } from './state.ts';

export interface LeafDifference {
  readonly segments: Segments;
  /** Seen from what is wanted: `added` is there and should not be, `removed` should be there and is not. */
  readonly type: 'added' | 'removed' | 'modified';
  /** undefined for what is not wanted, or not there. */
  readonly expected: unknown;
  readonly actual: unknown;
}

export interface CompareRules {
  /** What is there and not wanted is a difference. Else only what is wanted is compared; null wants that nothing is there. */
  readonly whole: boolean;
  /** Never compared, whatever lies below included. */
  readonly ignored: PathPattern;
  /** Compared only where something is wanted of them. */
  readonly quiet: PathPattern;
  /** Lists whose order does not count. */
  readonly sets: PathPattern;
  /** What stands for a leaf that is not there; undefined where nothing does. */
  readonly defaultOf: (segments: Segments) => unknown;
}

export function compareStates(expected: State, actual: State, rules: CompareRules): LeafDifference[] {
  const found: LeafDifference[] = [];
  compareParts(expected, actual, [], rules, found);
  return found;
}

function compareParts(
  expected: State,
  actual: State,
  at: Segments,
  rules: CompareRules,
  found: LeafDifference[],
): void {
  for (const key of Object.keys(expected)) {
    const segments = [...at, key];
    if (rules.ignored(segments, true)) continue;
    compareValues(own(expected, key), own(actual, key), segments, rules, found);
  }
  if (!rules.whole) return;
  for (const key of Object.keys(actual)) {
    if (Object.hasOwn(expected, key)) continue;
    const segments = [...at, key];
    if (rules.ignored(segments, true) || rules.quiet(segments, true)) continue;
    compareValues(undefined, own(actual, key), segments, rules, found);
  }
}

function compareValues(
  expected: unknown,
  actual: unknown,
  segments: Segments,
  rules: CompareRules,
  found: LeafDifference[],
): void {
  if (isObject(expected)) {
    if (isObject(actual) || isNothing(actual)) {
      compareParts(expected, actual ?? {}, segments, rules, found);
      return;
    }
    // Something else stands where names were expected: each of them is missing.
    compareParts(expected, {}, segments, rules, found);
    if (rules.whole) found.push({ segments, type: 'added', expected: undefined, actual });
    return;
  }
  // Here nothing is wanted, or null says so: every leaf that is there is one too many.
  if (isNothing(expected) && isObject(actual)) {
    compareParts({}, actual, segments, { ...rules, whole: true }, found);
    return;
  }
  // Most systems do not show their secrets, and nobody wants one by not naming it.
  const secrets = [expected, actual].filter((value) => value instanceof Secret);
  if (secrets.length === 1 && (isNothing(expected) || isNothing(actual))) return;
  const bare = isObject(actual) && !hasLeaf(actual) ? undefined : actual;
  if (isNothing(expected) && isNothing(bare)) return;
  const instead = isNothing(expected) || isNothing(bare) ? rules.defaultOf(segments) : undefined;
  if (isSame(expected ?? instead, bare ?? instead, rules.sets(segments))) return;
  const type = isNothing(expected) ? 'added' : isNothing(bare) ? 'removed' : 'modified';
  found.push({ segments, type, expected: expected ?? undefined, actual: bare ?? undefined });
}

const hasLeaf = (value: unknown): boolean =>
  isObject(value) ? Object.values(value).some(hasLeaf) : !isNothing(value);
