// A table that was never analysed is planned as if it were empty. What refers to it is then looked up by any of its
// indexes, for each row by a walk over many, until the server comes to analyse it by itself, a minute later.

import type { PostgresConnection } from './connection.ts';
import { syntax } from './dialect.ts';

/** Rows that a connection has written to a table by then. */
const enough = 500;
const written = new WeakMap<PostgresConnection, Map<string, number>>();

/** After rows were written. In a transaction it sees them; a table that somebody else is at is left alone. */
export async function analyzeNew(connection: PostgresConnection, table: string, rows: number): Promise<void> {
  const tables = written.get(connection) ?? new Map<string, number>();
  written.set(connection, tables);
  const before = tables.get(table) ?? 0;
  if (before >= enough) return;
  tables.set(table, before + rows);
  if (before + rows < enough) return;
  const name = syntax.quote(table);
  const sql = 'SELECT 1 FROM pg_class WHERE oid = to_regclass($1) AND reltuples < 0';
  await connection.alone(async () => {
    const [never] = await connection.send([{ sql, values: [name] }]);
    if (never!.rows.length > 0) await connection.script(`ANALYZE (SKIP_LOCKED) ${name}`);
  });
}
