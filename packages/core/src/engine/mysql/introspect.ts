// The tables of a living MySQL or MariaDB database, in the shape that declarations are compared with.

import { physicalSpecs, type TableSpec } from '../../schema/spec.ts';
import type { ActualTable, Session } from '../engine.ts';
import { describedForeignKeys, type MysqlDdl } from './ddl.ts';
import { quote } from './dialect.ts';
import type { MysqlConnections } from './session.ts';
import { parseCreateTable } from './show-create.ts';

export async function hasTable(session: Session, name: string): Promise<boolean> {
  const sql = `SELECT 1 FROM information_schema.tables
    WHERE table_schema = database() AND table_type = 'BASE TABLE' AND table_name = ?`;
  return (await session.get({ sql }, [name])) !== undefined;
}

export async function tableNames(session: Session): Promise<ReadonlySet<string>> {
  const sql = `SELECT table_name FROM information_schema.tables
    WHERE table_schema = database() AND table_type = 'BASE TABLE'`;
  return new Set((await session.all({ sql }, [])).map(([name]) => String(name)));
}

/** All tables of the database. */
export async function introspect(session: Session): Promise<ActualTable[]> {
  const tables = await session.all(
    {
      sql: `SELECT table_name FROM information_schema.tables
        WHERE table_schema = database() AND table_type = 'BASE TABLE' ORDER BY table_name`,
    },
    [],
  );
  const triggers = Map.groupBy(await session.all({ sql: triggersSql }, []), ([table]) => String(table));
  const found: ActualTable[] = [];
  for (const [table] of tables) {
    const name = String(table);
    const sources = (triggers.get(name) ?? []).map(([, source]) => String(source));
    found.push({ ...(await describedTable(session, name)), triggers: sources });
  }
  return found;
}

/** What the declarations look like once the server has taken them in: as temporary tables that nobody else sees. */
export async function describe(
  connections: MysqlConnections,
  ddl: MysqlDdl,
  specs: readonly TableSpec[],
): Promise<ActualTable[]> {
  const physical = specs.flatMap(physicalSpecs);
  if (physical.length === 0) return [];
  const { session, rollback } = await connections.begin({ blind: true });
  try {
    const described: ActualTable[] = [];
    try {
      for (const spec of physical) {
        await session.exec(ddl.createTemporary(spec));
        described.push(withForeignKeys(await describedTable(session, spec.name), spec));
      }
      return described;
    } finally {
      // Left there, they would hide the real ones from whoever has the connection next.
      await session.exec(
        `DROP TEMPORARY TABLE IF EXISTS ${physical.map(({ name }) => quote(name)).join(', ')}`,
      );
    }
  } finally {
    await rollback();
  }
}

function withForeignKeys(table: ActualTable, spec: TableSpec): ActualTable {
  const keys = describedForeignKeys(spec);
  return {
    ...table,
    foreignKeys: keys.map(({ definition }) => definition).sort(),
    constraints: {
      ...table.constraints,
      ...Object.fromEntries(keys.map(({ definition, name, sql }) => [definition, { name, sql }])),
    },
  };
}

async function describedTable(session: Session, name: string): Promise<ActualTable> {
  const row = await session.get({ sql: `SHOW CREATE TABLE ${quote(name)}` }, []);
  return parseCreateTable(name, String(row![1]));
}

const triggersSql = `SELECT event_object_table, concat('CREATE TRIGGER ', trigger_name, ' ', action_timing, ' ',
    event_manipulation, ' ON ', event_object_table, ' FOR EACH ROW ', action_statement)
  FROM information_schema.triggers WHERE trigger_schema = database() ORDER BY event_object_table, trigger_name`;
