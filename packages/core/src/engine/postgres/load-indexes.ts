// Indexes and statistics of tables that a load has published: on connections beside its own, several at a time.

import type { TableSpec } from '../../schema/spec.ts';
import { ddl, plainIndexesOfBare } from './ddl.ts';
import { syntax } from './dialect.ts';
import type { PostgresConnections } from './session.ts';

/** Rows from which on each index of a table is made by itself. */
const manyRows = 10_000;
const mostAtOnce = 2;

/** Ends with its transaction, which the commit of the load waits for. */
export const quickly = 'SET LOCAL synchronous_commit = off';
/** As much as the sort of an index may use; a server that gives more is left alone. */
const sortBytes = 134_217_728;
export const withRoom = `SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
  SELECT set_config('maintenance_work_mem', '${sortBytes / 1024}kB', true)
  WHERE pg_size_bytes(current_setting('maintenance_work_mem')) < ${sortBytes}`;

/**
 * Each statement commits by itself. When one fails, those that were begun are waited for.
 * @param rows of the tables that have some
 */
export async function indexPublished(
  connections: PostgresConnections,
  tables: readonly TableSpec[],
  rows: ReadonlyMap<string, number>,
): Promise<void> {
  const rowsOf = ({ name }: TableSpec): number => rows.get(name) ?? 0;
  const large = tables.filter((spec) => rowsOf(spec) >= manyRows);
  const small = tables.filter((spec) => !large.includes(spec));
  const statistics = (spec: TableSpec): string[] =>
    rowsOf(spec) > 0 ? [`ANALYZE ${syntax.quote(spec.name)}`] : [];
  const effort = large.flatMap((spec) =>
    spec.indexes.map(({ name, columns }) => ({ spec, name, effort: rowsOf(spec) * columns.length })),
  );
  // A table is not analysed while it is given an index.
  await inTurn(connections, [
    ...large.map(statistics),
    small.flatMap((spec) => [...statistics(spec), ...plainIndexesOfBare(spec)]),
  ]);
  await inTurn(
    connections,
    effort.toSorted((a, b) => b.effort - a.effort).map(({ spec, name }) => ddl.createIndex(spec, name)),
  );
}

async function inTurn(
  connections: PostgresConnections,
  works: readonly (readonly string[])[],
): Promise<void> {
  const waiting = works.filter((work) => work.length > 0);
  let failed = false;
  const worker = async (): Promise<void> => {
    for (let work = waiting.shift(); work !== undefined && !failed; work = waiting.shift())
      try {
        // Statements that are sent together are one transaction.
        await connections.session.exec([quickly, withRoom, ...work].join(';\n'));
      } catch (error) {
        failed = true;
        throw error;
      }
  };
  // One connection is the load's.
  const atOnce = Math.min(mostAtOnce, connections.max - 1, waiting.length);
  const ends = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
