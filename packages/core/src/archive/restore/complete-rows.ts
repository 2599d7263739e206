// What an archive has of a table to all of its columns: those that do not travel are null, and secrets are sealed with the
// key of where they go.

import { rowsOfBatch } from '../../engine/batch-values.ts';
import type { ColumnBatch } from '../../engine/column-batch.ts';
import { constantColumn } from '../../engine/constant-column.ts';
import type { SecretBox, StoredRow } from '../../schema/codec.ts';
import type { Part } from '../backup/content.ts';
import { sealSecrets } from '../backup/secrets.ts';
import { batchOf } from '../columns/batch-rows.ts';

/** Where the columns of the table are among those that travel; -1 for one that does not. */
const placesOf = ({ spec, columns }: Part): number[] => spec.columns.map((column) => columns.indexOf(column));

/** @param secrets seals them; without it they stay as they are */
export function completeRows(part: Part, secrets?: SecretBox): (rows: StoredRow[]) => StoredRow[] {
  const { of, columns } = part;
  const places = placesOf(part);
  const seal = secrets && sealSecrets(of, columns, secrets);
  return (rows) => {
    seal?.(rows);
    if (places.length === columns.length) return rows;
    return rows.map((row) => places.map((place) => (place < 0 ? null : row[place]!)));
  };
}

/** The same for columns. @returns what is valid until the next one is asked for */
export function completeBatch(part: Part, secrets?: SecretBox): (batch: ColumnBatch) => ColumnBatch {
  const { spec, of } = part;
  const makers = placesOf(part).map((place, index) => {
    const column = spec.columns[index]!;
    if (place < 0) {
      const nulls = constantColumn(column, null);
      return ({ rows }: ColumnBatch) => nulls(rows);
    }
    if (!column.secret || secrets === undefined) return (batch: ColumnBatch) => batch.columns[place]!;
    const seal = sealSecrets(of, [column], secrets);
    return ({ rows, columns: given }: ColumnBatch) => {
      const values = rowsOfBatch({ rows, columns: [given[place]!] });
      seal(values);
      return batchOf([column], values).columns[0]!;
    };
  });
  return (batch) => ({ rows: batch.rows, columns: makers.map((make) => make(batch)) });
}
