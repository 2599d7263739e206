// The tables of a living SQLite database, in the shape that declarations are compared with.

import { DatabaseSync } from 'node:sqlite';
import { physicalSpecs, type TableSpec } from '../../schema/spec.ts';
import type { ActualColumn, ActualIndex, ActualTable, Session } from '../engine.ts';
import { checksOf } from './checks.ts';
import { ddl } from './ddl.ts';
import { SqliteSession } from './session.ts';

type Cells = (string | number | null)[];

export async function hasTable(session: Session, name: string): Promise<boolean> {
  const sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?";
  return (await session.get({ sql }, [name])) !== undefined;
}

export async function tableNames(session: Session): Promise<ReadonlySet<string>> {
  const sql = "SELECT name FROM sqlite_schema WHERE type = 'table'";
  return new Set((await session.all({ sql }, [])).map(([name]) => String(name)));
}

/** All tables but SQLite's own. */
export async function introspect(session: Session): Promise<ActualTable[]> {
  const tables = await session.all(
    {
      sql: `SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
    },
    [],
  );
  return Promise.all(tables.map(([name, sql]) => table(session, String(name), String(sql))));
}

/** What the declarations look like once SQLite has taken them in. */
export async function describe(specs: readonly TableSpec[]): Promise<ActualTable[]> {
  const session = new SqliteSession(
    new DatabaseSync(':memory:', { enableForeignKeyConstraints: false }),
    ':memory:',
  );
  try {
    for (const statement of specs.flatMap(physicalSpecs).flatMap(ddl.createTable))
      await session.exec(statement);
    return await introspect(session);
  } finally {
    session.close();
  }
}

async function table(session: Session, name: string, sql: string): Promise<ActualTable> {
  const pragma = (call: string, of: string): Promise<Cells[]> =>
    session.all({ sql: `SELECT * FROM ${call}(?)` }, [of]) as Promise<Cells[]>;

  const info = await pragma('pragma_table_xinfo', name);
  const columns = info.map(
    ([, column, type, notNull, initial]): ActualColumn => ({
      name: String(column),
      type: String(type).toUpperCase(),
      nullable: notNull === 0,
      default: initial === null ? null : String(initial),
    }),
  );
  const key = info
    .filter(([, , , , , position]) => position !== 0)
    .sort((a, b) => Number(a[5]) - Number(b[5]))
    .map(([, column]) => String(column));

  const byId = new Map<number, Cells[]>();
  for (const row of await pragma('pragma_foreign_key_list', name))
    byId.set(Number(row[0]), [...(byId.get(Number(row[0])) ?? []), row]);
  const foreignKeys = [...byId.values()].map((rows) => {
    const ordered = rows.sort((a, b) => Number(a[1]) - Number(b[1]));
    const [first] = ordered;
    const from = ordered.map((row) => row[3]).join(', ');
    const to = ordered.map((row) => row[4]).join(', ');
    return `(${from}) -> ${first![2]} (${to}) on delete ${String(first![6]).toLowerCase()}`;
  });

  const indexes: ActualIndex[] = [];
  for (const [, index, unique, origin, partial] of await pragma('pragma_index_list', name)) {
    if (origin === 'pk') continue;
    const on = (await pragma('pragma_index_info', String(index))).map(([, , column]) => column).join(', ');
    const [[source] = []] = await session.all({ sql: 'SELECT sql FROM sqlite_schema WHERE name = ?' }, [
      String(index),
    ]);
    const where = partial === 1 ? ` where ${partialCondition(String(source))}` : '';
    indexes.push({
      // The index behind a UNIQUE column has no name of its own.
      name: origin === 'u' ? `unique (${on})` : String(index),
      definition: `${unique === 1 ? 'unique ' : ''}(${on})${where}`,
      ...(typeof source === 'string' ? { sql: source } : {}),
    });
  }

  const triggers = await session.all(
    { sql: `SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? ORDER BY name` },
    [name],
  );
  const options = [/\bSTRICT\b/i, /\bWITHOUT\s+ROWID\b/i].map((word) =>
    word.test(sql.slice(sql.lastIndexOf(')'))) ? '1' : '0',
  );
  return {
    name,
    columns,
    key,
    foreignKeys: foreignKeys.sort(),
    indexes: indexes.sort((a, b) => (a.name < b.name ? -1 : 1)),
    checks: checksOf(sql).sort(),
    triggers: triggers.map(([source]) => String(source)),
    options: `strict=${options[0]} without_rowid=${options[1]}`,
  };
}

const partialCondition = (sql: string): string => (/\bWHERE\b([\s\S]*)$/i.exec(sql)?.[1] ?? '').trim();
