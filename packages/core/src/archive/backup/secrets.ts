// Secret columns on their way: opened with the key of the store they come from, sealed with that of the store they go to.

import type { SecretBox, StoredRow } from '../../schema/codec.ts';
import type { ColumnSpec } from '../../schema/spec.ts';

interface SecretColumn {
  readonly index: number;
  readonly nullable: boolean;
  readonly place: string;
}

/** @param table the declared one: the history of a table has its values as that one sealed them */
function secretColumns(table: string, columns: readonly ColumnSpec[]): SecretColumn[] {
  return columns.flatMap(({ name, secret, nullable = false }, index) =>
    secret ? [{ index, nullable, place: `${table}.${name}` }] : [],
  );
}

/** Changes rows in place. @returns how many secrets they had */
export type OnSecrets = (rows: readonly StoredRow[]) => number;

function each(
  table: string,
  columns: readonly ColumnSpec[],
  change: (value: string, column: SecretColumn) => string | null,
): OnSecrets {
  const secrets = secretColumns(table, columns);
  return (rows) => {
    let count = 0;
    for (const column of secrets)
      for (const row of rows) {
        const value = row[column.index];
        if (value === null) continue;
        row[column.index] = change(String(value), column);
        count++;
      }
    return count;
  };
}

/** Sealed values as they were before. @throws SECRET_KEY_WRONG, SECRET_KEY_MISSING, DATA_UNSOUND */
export const openSecrets = (table: string, columns: readonly ColumnSpec[], box: SecretBox): OnSecrets =>
  each(table, columns, (sealed, { place }) => box.open(sealed, place));

/** Values that may be read by the store of this key only. */
export const sealSecrets = (table: string, columns: readonly ColumnSpec[], box: SecretBox): OnSecrets =>
  each(table, columns, (plain, { place }) => box.seal(plain, place));

/** Nothing in their place; where a column must have a value, an empty one. */
export const omitSecrets = (table: string, columns: readonly ColumnSpec[]): OnSecrets =>
  each(table, columns, (_, { nullable }) => (nullable ? null : ''));
