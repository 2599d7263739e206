// One record compared with what it should be.

import { createHash } from 'node:crypto';
import { canonicalJson } from '../schema/canonical-json.ts';
import type { Instant } from '../schema/instant.ts';
import { Secret } from '../schema/secret.ts';
import { compareStates, type LeafDifference } from './compare.ts';
import { type DriftDifference, describe, suggest } from './difference.ts';
import { anyPattern, type PathPattern, pathText } from './path.ts';
import { isObject, type State, type Stored } from './state.ts';
import { type Joined, type Subject, unread } from './subject.ts';

/**
 * in_sync: as wanted; drifted: it has differences that nobody has acknowledged; acknowledged: all of them are known;
 * unknown: nobody can tell, since the record is absent, was never read, or not lately; errored: see `reason`.
 */
export type DriftStatus = 'in_sync' | 'drifted' | 'acknowledged' | 'unknown' | 'errored';

export interface FoundDifference extends DriftDifference {
  /** Of its values: another one is another difference. */
  readonly fingerprint: string;
  readonly acknowledged: boolean;
}

export interface CheckedRecord {
  readonly resource: string;
  readonly id: string;
  readonly source: string | null;
  /** undefined where something is wanted of a record that is not there. */
  readonly row: Stored | undefined;
  readonly status: DriftStatus;
  /** Of `unknown` and `errored`. */
  readonly reason: string | null;
  readonly differences: readonly FoundDifference[];
  /** The last sweep whose scope answered in full; null where none has. */
  readonly confirmedAt: Instant | null;
}

/** What is wanted of a record by people. */
export interface Wish {
  readonly properties: State;
  readonly whole: boolean;
  readonly ignore: readonly string[] | null;
}

export interface Candidate {
  readonly row: Stored;
  readonly joined: Joined;
  readonly wish: Wish | undefined;
}

/** Is anything wanted of the record at all? */
export const isManaged = (subject: Subject, { row, wish }: Candidate): boolean =>
  wish !== undefined || subject.declared(row) !== undefined;

/**
 * The differences of a record, undefined where something that is wanted was never read. What people want goes before what the record says.
 * @param ignored what is ignored for this record beside its own wish
 */
export function differencesOf(
  subject: Subject,
  { row, joined, wish }: Candidate,
  ignored: PathPattern = () => false,
): Omit<FoundDifference, 'acknowledged'>[] | undefined {
  const actual = subject.actual(row, joined);
  const expected = merged(subject.declared(row) ?? {}, wish?.properties ?? {});
  if (unread(actual, expected, wish?.whole ?? false).length > 0) return undefined;
  const own = anyPattern(wish?.ignore ?? []);
  const leaves = compareStates(expected, actual, {
    whole: wish?.whole ?? false,
    ignored: (segments, below) => own(segments, below) || ignored(segments, below),
    quiet: subject.quietOf(actual),
    sets: subject.sets,
    defaultOf: (segments) => subject.defaultOf(segments),
  });
  return leaves.map((leaf) => differenceOf(subject, leaf));
}

/** Names of the second over those of the first, at every depth. */
function merged(base: State, over: State): State {
  const out = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const below = out.get(key);
    out.set(key, isObject(value) && isObject(below) ? merged(below, value) : value);
  }
  return Object.fromEntries(out);
}

function differenceOf(subject: Subject, leaf: LeafDifference): Omit<FoundDifference, 'acknowledged'> {
  const { category, severity, note } = subject.classify(leaf);
  const secret = leaf.expected instanceof Secret || leaf.actual instanceof Secret;
  const told = {
    path: pathText(leaf.segments),
    type: leaf.type,
    expected: secret ? null : (leaf.expected ?? null),
    actual: secret ? null : (leaf.actual ?? null),
    secret,
  };
  return {
    ...told,
    category,
    severity,
    description: describe(told),
    suggestion: suggest(told, note),
    fingerprint: fingerprintOf(told),
  };
}

/** Equal for equal values. Of a secret it only says that there is a difference: short ones could be guessed from more. */
export const fingerprintOf = ({
  type,
  expected,
  actual,
}: Pick<DriftDifference, 'type' | 'expected' | 'actual'>): string =>
  createHash('sha256')
    .update(canonicalJson([type, expected, actual]))
    .digest('hex');
