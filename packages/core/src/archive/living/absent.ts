// Living records that the archive does not have: found, and deleted where somebody asked for it.

import type { Session } from '../../engine/engine.ts';
import { throwIfAborted } from '../../engine/write-lock.ts';
import { HoldfastError } from '../../errors.ts';
import type { StoredRow } from '../../schema/codec.ts';
import type { Store } from '../../store/open-store.ts';
import { Parameters, whereSql } from '../../store/where.ts';
import { exactOf } from './cells.ts';
import type { KeySet } from './key-set.ts';
import type { Unit } from './selection.ts';
import { rowsAtOnce } from './table-form.ts';

/** Keys, exact. As many in memory as there are records to delete. @param keys of the archive */
export async function absentKeys(
  store: Store,
  session: Session,
  { table, form, where, isOwn }: Unit,
  keys: KeySet,
  signal: AbortSignal | undefined,
): Promise<StoredRow[]> {
  const { syntax, forms } = store.engine;
  const parameters = new Parameters(syntax);
  const codec = store.codec(table);
  const condition = where === undefined ? '' : whereSql(where, codec, syntax, parameters);
  const columns = form.keyAt.map((at) => form.columns[at]!);
  const exact = columns.map((column) => exactOf(column, forms(true)));
  const names = columns.map(({ name }) => `r.${syntax.quote(name)}`).join(', ');
  const sql = `SELECT ${names} FROM ${codec.fromRecord}${condition === '' ? '' : ` WHERE ${condition}`}`;
  const absent: StoredRow[] = [];
  for await (const rows of session.stream({ sql, bigints: true }, parameters.values, 5_000)) {
    for (const row of rows) {
      const key = row.map((value, at) => exact[at]!(value));
      if (!keys.has(key) && !isOwn(key)) absent.push(key);
    }
    throwIfAborted(signal);
  }
  return absent;
}

/**
 * Deletes records, and nothing else: what refers to one of them, and stays, refuses it, also where the reference would
 * take it along.
 * @returns how many. @throws REFERENCED
 */
export async function deleteRecords(
  store: Store,
  session: Session,
  unit: Unit,
  keys: readonly StoredRow[],
  signal: AbortSignal | undefined,
): Promise<number> {
  const { quote } = store.engine.syntax;
  const { form } = unit;
  let deleted = 0;
  for (let from = 0; from < keys.length; from += rowsAtOnce) {
    throwIfAborted(signal);
    const part = keys.slice(from, from + rowsAtOnce);
    await refuseReferred(store, session, unit, part);
    const { condition, values } = form.oneOf(form.spec.key, part);
    deleted += await session.run({ sql: `DELETE FROM ${quote(form.spec.name)} WHERE ${condition}` }, values);
  }
  return deleted;
}

async function refuseReferred(
  store: Store,
  session: Session,
  { form: { spec }, form }: Unit,
  keys: readonly StoredRow[],
): Promise<void> {
  const { syntax } = store.engine;
  for (const child of store.domains.flatMap(({ tables }) => tables.map((table) => table.spec)))
    for (const { table, columns, references } of child.foreignKeys) {
      if (table !== spec.name || child.name === spec.name) continue;
      const on = columns.map(
        (column, at) => `c.${syntax.quote(column)} = p.${syntax.quote(references[at]!)}`,
      );
      const { condition, values } = form.oneOf(spec.key, keys);
      const sql = `SELECT ${child.key.map((name) => `c.${syntax.quote(name)}`).join(', ')} FROM ${syntax.quote(child.name)} AS c
        WHERE EXISTS (SELECT 1 FROM (SELECT * FROM ${syntax.quote(spec.name)} WHERE ${condition}) AS p WHERE ${on.join(' AND ')}) LIMIT 1`;
      const found = await session.get({ sql, bigints: true }, values);
      if (found === undefined) continue;
      throw new HoldfastError(
        'REFERENCED',
        `${child.name} ${found.map(String).join('/')} refers to a record of ${spec.name} that the archive does not have, and stays itself`,
        {
          hint: 'Keep such records with --preserve-existing, or name the table that refers to them too',
          details: { table: child.name, parent: spec.name },
        },
      );
    }
}
