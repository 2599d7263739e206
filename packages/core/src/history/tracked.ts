// Which tables are tracked, and since when.

import type { Engine } from '../engine/engine.ts';
import { compileEncoder, recordFields, type StoredValue } from '../schema/codec.ts';
import { now } from '../schema/instant.ts';
import type { TableSpec } from '../schema/spec.ts';
import { trackedTables } from '../system/tables.ts';

/** Notes the tables whose capture has come with a migration since the database was last opened. */
export async function registerTracked(engine: Engine, specs: readonly TableSpec[]): Promise<void> {
  const { syntax } = engine;
  // Dropped by hand, it is doctor's to tell.
  if (!(await engine.read((session) => engine.hasTable(session, trackedTables.name)))) return;
  const known = await engine.read((session) =>
    session.all({ sql: `SELECT table_name FROM ${syntax.quote(trackedTables.name)}` }, []),
  );
  const names = new Set(known.map(([name]) => name));
  const added = specs.filter(({ name, history }) => history !== undefined && !names.has(name));
  if (added.length === 0) return;
  const { name: table, spec } = trackedTables;
  const columns = spec.columns.map(({ name }) => name);
  const write = { table, columns, key: spec.key, onConflict: { update: [], otherUniques: false } };
  const secrets = { seal: (plain: string) => plain, open: (sealed: string) => sealed };
  const encode = compileEncoder(table, recordFields(trackedTables), { forms: engine.forms(false), secrets });
  const params: StoredValue[] = [];
  const at = now();
  for (const [index, { name }] of added.entries())
    encode({ tableName: name, since: at, soundAt: at }, params, index * columns.length, 0);
  const sql = syntax.bulkInsert(write, added.length);
  await engine.autocommit((session) => session.run({ sql }, params));
}
