// Tables of another database in the place of the living ones. They change places in one statement; triggers do not go
// along, so what they are to be is written down before.

import { HoldfastError } from '../../errors.ts';
import type { StoredRow } from '../../schema/codec.ts';
import { now } from '../../schema/instant.ts';
import { physicalSpecs, type TableSpec } from '../../schema/spec.ts';
import type { Session } from '../engine.ts';
import { type SwapOptions, type Swapped, stampOf } from '../scratch.ts';
import type { MysqlDdl } from './ddl.ts';
import { quote } from './dialect.ts';
import { hasTable } from './introspect.ts';
import { beginMigration } from './migrate.ts';
import { swapIntent as intent } from './preflight.ts';
import { keptName, withRight } from './scratch.ts';
import type { MysqlConnections } from './session.ts';

interface Place {
  readonly database: string;
  readonly account: string;
  readonly ddl: MysqlDdl;
}

/**
 * 1. Refuses where a table of another program refers to one of ours, or `from` lacks a table.
 * 2. Makes the database for what is kept, and writes down what is to happen, with the triggers there are and are to be.
 * 3. Drops the triggers: others may write meanwhile without being captured, so nobody should. Killed up to the next
 *    step, the next opening takes it back.
 * 4. Renames all tables in one statement, the living ones away and those of `from` to their place. Killed from here on,
 *    the next opening finishes.
 * 5. Makes the triggers, and forgets what was written down; drops the empty database.
 * Room: none.
 * @throws REFERENCED, SCHEMA_DRIFTED, DATABASE_FORBIDDEN with the right that is missing
 */
export async function swap(
  connections: MysqlConnections,
  { database, account, ddl }: Place,
  from: string,
  specs: readonly TableSpec[],
  { onStep, onKept, at = now() }: SwapOptions = {},
): Promise<Swapped> {
  const kept = keptName(database, stampOf(at));
  const tables = specs.flatMap(physicalSpecs).map(({ name }) => name);
  const open = await beginMigration(connections);
  const { session } = open;
  let begun = false;
  try {
    const there = await tablesIn(session, database, tables);
    const wanted = new Set(await tablesIn(session, from, tables));
    const missing = tables.find((name) => !wanted.has(name));
    if (missing !== undefined) throw new HoldfastError('SCHEMA_DRIFTED', `${from} has no table ${missing}`);
    await refuseReferences(session, database, tables);
    await onKept?.(kept);
    await onStep?.('intent');
    await withRight(session.exec(`CREATE DATABASE ${quote(kept)} CHARACTER SET utf8mb4`), {
      database,
      account,
    });
    begun = true;
    const old = await triggersOf(session, database, there);
    const ours = new Set<string>();
    const captured = specs
      .filter(({ history }) => history !== undefined)
      .flatMap((spec) => ddl.createCapture(spec, specs));
    for (const sql of captured) {
      const [, name] = /TRIGGER `((?:[^`]|``)+)`/.exec(sql) ?? [];
      if (name !== undefined) ours.add(name.replaceAll('``', '`'));
    }
    const back = old.flatMap(({ name, sql }) => [dropTrigger(name), sql]);
    const others = old
      .filter(({ name }) => !ours.has(name))
      .flatMap(({ name, sql }) => [dropTrigger(name), sql]);
    await write(session, [
      ...[
        ['from', from],
        ['kept', kept],
        ['table', tables[0]!],
      ],
      ...back.map((sql) => ['back', sql]),
      ...[...captured, ...others].map((sql) => ['on', sql]),
    ]);
    await onStep?.('triggers');
    for (const { name } of old) await session.exec(dropTrigger(name));
    for (const { name } of await triggersOf(session, from, tables))
      await session.exec(`DROP TRIGGER IF EXISTS ${quote(from)}.${quote(name)}`);
    await onStep?.('rename');
    const renames = [
      ...there.map((name) => `${quote(database)}.${quote(name)} TO ${quote(kept)}.${quote(name)}`),
      ...tables.map((name) => `${quote(from)}.${quote(name)} TO ${quote(database)}.${quote(name)}`),
    ];
    await session.exec(`RENAME TABLE ${renames.join(', ')}`);
    await onStep?.('finish');
    await bringToEnd(session, database);
    await open.commit();
  } catch (error) {
    if (begun && open.alive) await bringToEnd(session, database, kept).catch(() => undefined);
    await open.rollback();
    throw error;
  }
  await connections.close();
  return { kept };
}

const dropTrigger = (name: string): string => `DROP TRIGGER IF EXISTS ${quote(name)}`;

async function tablesIn(session: Session, database: string, tables: readonly string[]): Promise<string[]> {
  const sql = `SELECT table_name FROM information_schema.tables WHERE table_schema = ? AND table_type = 'BASE TABLE'`;
  const found = new Set((await session.all({ sql }, [database])).map(([name]) => String(name)));
  return tables.filter((name) => found.has(name));
}

async function triggersOf(
  session: Session,
  database: string,
  tables: readonly string[],
): Promise<{ readonly name: string; readonly sql: string }[]> {
  const sql = `SELECT trigger_name, action_timing, event_manipulation, event_object_table, action_statement
    FROM information_schema.triggers WHERE trigger_schema = ? ORDER BY event_object_table, action_order`;
  return (await session.all({ sql }, [database]))
    .map((row: StoredRow) => row.map(String))
    .filter(([, , , table]) => tables.includes(table!))
    .map(([name, timing, event, table, body]) => ({
      name: name!,
      sql: `CREATE TRIGGER ${quote(name!)} ${timing} ${event} ON ${quote(table!)} FOR EACH ROW ${body}`,
    }));
}

async function refuseReferences(
  session: Session,
  database: string,
  tables: readonly string[],
): Promise<void> {
  const sql = `SELECT table_schema, table_name, constraint_name, referenced_table_name
    FROM information_schema.key_column_usage WHERE referenced_table_schema = ?`;
  for (const row of await session.all({ sql }, [database])) {
    const [schema, table, constraint, target] = row.map(String);
    if ((schema === database && tables.includes(table!)) || !tables.includes(target!)) continue;
    throw new HoldfastError(
      'REFERENCED',
      `the table ${schema}.${table} of another program refers to ${target}`,
      {
        hint: `ALTER TABLE ${quote(schema!)}.${quote(table!)} DROP FOREIGN KEY ${quote(constraint!)};`,
      },
    );
  }
}

/** All lines at once: as long as there are none, nothing has happened. */
async function write(session: Session, lines: readonly (readonly string[])[]): Promise<void> {
  await session.exec(
    `CREATE TABLE ${quote(intent)} (id int NOT NULL PRIMARY KEY, what varchar(8) NOT NULL, said longtext NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
  );
  await session.run(
    { sql: `INSERT INTO ${quote(intent)} VALUES ${lines.map(() => '(?, ?, ?)').join(', ')}` },
    lines.flatMap(([what, said], id) => [id, what!, said!]),
  );
  await session.exec('COMMIT');
}

async function dropEmpty(session: Session, database: string): Promise<void> {
  const sql = 'SELECT count(*) FROM information_schema.tables WHERE table_schema = ?';
  const [tables] = (await session.get({ sql }, [database]))!;
  if (Number(tables) === 0) await session.exec(`DROP DATABASE IF EXISTS ${quote(database)}`);
}

/** @returns what was done, undefined where there was nothing */
async function bringToEnd(session: Session, database: string, made?: string): Promise<string | undefined> {
  if (!(await hasTable(session, intent))) {
    if (made !== undefined) await dropEmpty(session, made);
    return undefined;
  }
  const lines = (await session.all({ sql: `SELECT what, said FROM ${quote(intent)} ORDER BY id` }, [])).map(
    (row) => row.map(String) as [string, string],
  );
  const said = (wanted: string): string[] =>
    lines.filter(([what]) => what === wanted).map(([, text]) => text);
  const [[from], [kept], [table]] = [said('from'), said('kept'), said('table')];
  const finished = table !== undefined && (await tablesIn(session, from!, [table])).length === 0;
  for (const sql of said(finished ? 'on' : 'back')) await session.exec(sql);
  await session.exec(`DROP TABLE ${quote(intent)}`);
  if (finished) await session.exec(`DROP DATABASE IF EXISTS ${quote(from!)}`);
  else if ((kept ?? made) !== undefined) await dropEmpty(session, (kept ?? made)!);
  if (lines.length === 0) return undefined;
  return finished
    ? `a restore that was broken off is complete; what it replaced is the database ${kept}`
    : `a restore that was broken off was taken back: ${database} is as it was`;
}

/**
 * Brings a swap to its end that was broken off: taken back until the tables were renamed, finished from there on. Waits
 * for a process that is at it.
 */
export async function recover(connections: MysqlConnections, database: string): Promise<string | undefined> {
  const open = await beginMigration(connections);
  try {
    const done = await bringToEnd(open.session, database);
    await open.commit();
    return done;
  } catch (error) {
    await open.rollback();
    throw error;
  }
}
