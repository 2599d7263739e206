// Records that refer to what an undo would delete.

import type { Resource } from '../schema/domain.ts';
import { recordId } from '../schema/domain.ts';
import type { ForeignKeySpec } from '../schema/spec.ts';
import type { AnyTable } from '../schema/table.ts';
import type { Store } from '../store/open-store.ts';
import { Parameters } from '../store/where.ts';
import { type HistoryTable, historyTable } from './history-table.ts';
import type { UndoEntry } from './undo-draft.ts';

/** Entries looked at in one statement. */
const batch = 200;

/** @returns `resource id` of records that would lose what they refer to, and are not deleted with it */
export async function strandedBy(
  store: Store,
  resources: readonly Resource[],
  entries: readonly UndoEntry[],
): Promise<string[]> {
  const deleted = entries.filter(({ action }) => action === 'delete');
  const going = new Set(deleted.map(({ resource, id }) => `${resource} ${id}`));
  const tables = store.domains.flatMap((domain) => [...domain.tables]);
  const stranded: string[] = [];
  for (const [name, ofOne] of Map.groupBy(deleted, ({ resource }) => resource)) {
    const parent = historyTable(store, resources.find((each) => each.name === name)!.table);
    for (const table of tables)
      for (const key of table.spec.foreignKeys as readonly ForeignKeySpec[])
        if (key.table === parent.table.name)
          for (let start = 0; start < ofOne.length; start += batch)
            for (const record of await childrenOf(
              store,
              resources,
              parent,
              table,
              key,
              ofOne.slice(start, start + batch),
            ))
              if (!going.has(record)) stranded.push(record);
  }
  return stranded;
}

async function childrenOf(
  store: Store,
  resources: readonly Resource[],
  { history, codec: { syntax } }: HistoryTable,
  table: AnyTable,
  { columns, references }: ForeignKeySpec,
  entries: readonly UndoEntry[],
): Promise<string[]> {
  const codec = store.codec(table);
  const parameters = new Parameters(syntax);
  const firsts = entries.map(({ first }) => parameters.add(first)).join(', ');
  const on = columns.map(
    (column, index) => `r.${syntax.quote(column)} = h.${syntax.quote(references[index]!)}`,
  );
  const gauges = codec.metrics.map(() => 'NULL');
  const own = codec.fields.map(({ spec }) => `r.${syntax.quote(spec.name)}`);
  const sql = `SELECT ${[...own, ...gauges].join(', ')} FROM ${codec.fromRecord}
    JOIN ${history} AS h ON ${on.join(' AND ')} WHERE h.journal_seq IN (${firsts}) LIMIT 1000`;
  const rows = await store.engine.read((session) => session.all(codec.statement(sql), parameters.values));
  const resource = resources.find((each) => each.table === table);
  return rows.map((row) => {
    const record = codec.decode(row);
    if (resource !== undefined) return `${resource.name} ${recordId(resource, record)}`;
    return `${table.name} ${table.key.map((property: string) => record[property]).join('/')}`;
  });
}
