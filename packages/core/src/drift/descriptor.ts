// What a resource says about itself so that its records can be compared with what they should be.

import type { AnyTable } from '../schema/table.ts';
import type { DriftHook } from './hook.ts';
import type { DriftRule } from './rules.ts';
import type { State, Stored } from './state.ts';

/**
 * All of it is optional: without any, a record's state is its columns, and only people say what they should be.
 * Paths are patterns, `*` for a part of a name and `**` for any number of names.
 */
export interface DriftDescriptor {
  /** Columns that are no state of the record: wishes, marks and bookkeeping. */
  readonly leaveOut?: readonly string[];
  /** Tables with the same key, whose record is read along. */
  readonly joined?: Readonly<Record<string, AnyTable>>;
  /**
   * Properties of the state beyond the columns, read from the record and those joined. One that is undefined was
   * never read: of records of which it is wanted nobody can tell.
   */
  readonly adds?: {
    readonly properties: readonly string[];
    read(row: Stored, joined: Readonly<Record<string, Stored | undefined>>): State;
  };
  /**
   * What the record itself says it should be; undefined where it says nothing. Only what it names is compared, and
   * a `Secret` in it only where the other side has one: most systems do not show theirs.
   */
  readonly desired?: (row: Stored) => State | undefined;
  /** How much a difference matters. The first that matches counts; then those of `defaultRules`. */
  readonly rules?: readonly DriftRule[];
  /** Moves by itself: compared only where somebody wants something of it by name, and in no baseline. */
  readonly ignore?: readonly string[];
  /**
   * Properties that only repeat a part of another one, by that other one: where it is there, they are compared only
   * where somebody wants something of them, and stand in no baseline. Else each change would be two differences.
   */
  readonly repeats?: Readonly<Record<string, string>>;
  /** Lists, or texts with commas, whose order does not count. */
  readonly sets?: readonly string[];
  /** What the system takes for a setting that is not there, by path. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** Is this leaf a secret? Then no desired state takes it: those are read by everybody. */
  readonly isSecret?: (name: string, value: unknown) => boolean;
  /** Which records the filter of a schedule means. */
  readonly filtered?: (filter: unknown) => (row: Stored) => boolean;
  readonly hook?: DriftHook;
}
