// What becomes of a record that is in the archive and in the store, and is not the same.

import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import { now } from '../../schema/instant.ts';
import type { ColumnSpec } from '../../schema/spec.ts';
import { sameCell } from './cells.ts';
import type { LivingRow, TableForm } from './table-form.ts';

/**
 * `fail`: nothing is restored. `skip`: the living record stays. `overwrite`: the archive's takes its place. `newer`: the
 * one that was changed last. `merge`: the living record stays, and the archive's values fill what is null in it, or as it
 * is by default.
 */
export const conflictPolicies = ['fail', 'skip', 'overwrite', 'newer', 'merge'] as const;
export type ConflictPolicy = (typeof conflictPolicies)[number];

/** What is done about one record; `row` holds what it is to be. */
export type Decision =
  | { readonly action: 'insert' | 'update'; readonly row: StoredRow }
  | { readonly action: 'skip' | 'conflict' | 'undated' | 'same' };

/** Whether the living record was changed after the archive was taken, by its key. Undefined where nobody knows. */
export type ChangedSince = ((key: StoredRow) => boolean) | undefined;

const same: Decision = { action: 'same' };
const skip: Decision = { action: 'skip' };

export function decide(
  form: TableForm,
  policy: ConflictPolicy,
  row: StoredRow,
  living: LivingRow | undefined,
  changedSince: ChangedSince,
): Decision {
  if (living === undefined) return { action: 'insert', row };
  const { exact } = living;
  const wanted = exact.map((value, at) => (form.says[at] && !sameCell(value, row[at]!) ? row[at]! : value));
  if (wanted.every((value, at) => value === exact[at])) return same;
  switch (policy) {
    case 'fail':
      return { action: 'conflict' };
    case 'skip':
      return skip;
    case 'overwrite':
      return { action: 'update', row: wanted };
    case 'merge':
      return merged(form, row, exact);
    case 'newer': {
      const at = clockOf(form.columns);
      if (at !== undefined) return isLater(row[at]!, exact[at]!) ? { action: 'update', row: wanted } : skip;
      if (changedSince === undefined) return { action: 'undated' };
      return changedSince(form.keyOf(exact)) ? skip : { action: 'update', row: wanted };
    }
  }
}

/** The column that says when a record was changed last. */
export function clockOf(columns: readonly ColumnSpec[]): number | undefined {
  const at = columns.findIndex(({ auto }) => auto === 'update');
  return at < 0 ? undefined : at;
}

const isLater = (one: StoredValue, other: StoredValue): boolean =>
  typeof one === 'number' && typeof other === 'number' && one > other;

function merged({ columns, says, spec }: TableForm, row: StoredRow, exact: StoredRow): Decision {
  let filled = false;
  const wanted = exact.map((value, at) => {
    const column = columns[at]!;
    const theirs = row[at]!;
    const open = value === null || isDefault(column, value);
    if (!says[at] || !open || theirs === null || sameCell(value, theirs) || spec.key.includes(column.name))
      return value;
    filled = true;
    return theirs;
  });
  if (!filled) return skip;
  const at = clockOf(columns);
  if (at !== undefined) wanted[at] = now();
  return { action: 'update', row: wanted };
}

function isDefault({ kind, default: byDefault }: ColumnSpec, value: StoredValue): boolean {
  if (byDefault === undefined || byDefault === null) return false;
  return kind === 'json' ? value === JSON.stringify(byDefault) : String(value) === String(byDefault);
}
