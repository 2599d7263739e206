// Conditions of a selection on rows of an archive: the same words that filter the records of a store.

import { HoldfastError } from '../../errors.ts';
import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import type { ColumnSpec } from '../../schema/spec.ts';
import type { AnyTable } from '../../schema/table.ts';
import type { TableForm } from './table-form.ts';

export type Filter = (row: StoredRow) => boolean;

type Test = (value: StoredValue) => boolean;

/**
 * @param where by property a value, or operators that must all hold: `eq`, `ne`, `lt`, `lte`, `gt`, `gte`, `contains`
 * @throws QUERY_INVALID for gauges, secrets and JSON, which select no records
 */
export function filterOf(table: AnyTable, form: TableForm, where: object): Filter {
  const tests = Object.entries(where).map(([property, condition]): Filter => {
    const index = table.properties.indexOf(property);
    const column = table.spec.columns[index] as ColumnSpec | undefined;
    const at = column === undefined ? -1 : form.at(column.name);
    if (column === undefined || at < 0 || column.secret || ['json', 'bytes'].includes(column.kind))
      throw new HoldfastError('QUERY_INVALID', `records are not selected by ${property} of ${table.name}`, {
        hint: 'Select by a column that the record itself has, as holdfast list shows it',
      });
    const all = Object.entries(condition as object).map(([operator, value]) =>
      testOf(column, operator, value),
    );
    return (row) => all.every((test) => test(row[at]!));
  });
  return (row) => tests.every((test) => test(row));
}

/** Null is less, greater and equal to nothing, and differs from all but itself. */
function testOf(column: ColumnSpec, operator: string, wanted: StoredValue): Test {
  const compare = comparison(column);
  const known =
    (holds: (value: NonNullable<StoredValue>) => boolean): Test =>
    (value) =>
      value !== null && wanted !== null && holds(value);
  switch (operator) {
    case 'eq':
      return wanted === null ? (value) => value === null : known((value) => compare(value, wanted) === 0);
    case 'ne':
      return wanted === null
        ? (value) => value !== null
        : (value) => value === null || compare(value, wanted) !== 0;
    case 'lt':
      return known((value) => compare(value, wanted) < 0);
    case 'lte':
      return known((value) => compare(value, wanted) <= 0);
    case 'gt':
      return known((value) => compare(value, wanted) > 0);
    case 'gte':
      return known((value) => compare(value, wanted) >= 0);
    case 'contains':
      return known((value) => String(value).includes(String(wanted)));
    default:
      throw new HoldfastError('QUERY_INVALID', `there is no operator ${operator}`);
  }
}

/** Text by its bytes, as every engine here orders it. */
function comparison({ kind }: ColumnSpec): (one: StoredValue, other: StoredValue) => number {
  if (kind === 'decimal') return (one, other) => Number(one) - Number(other);
  return (one, other) => {
    if (typeof one === 'string' && typeof other === 'string')
      return Buffer.compare(Buffer.from(one), Buffer.from(other));
    return one! < other! ? -1 : one! > other! ? 1 : 0;
  };
}
