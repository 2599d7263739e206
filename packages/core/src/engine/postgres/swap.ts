// Tables of another schema in the place of the living ones, in one transaction: killed at any moment, it is as before or
// as after.

import { HoldfastError } from '../../errors.ts';
import { now } from '../../schema/instant.ts';
import { physicalSpecs, type TableSpec } from '../../schema/spec.ts';
import type { Session } from '../engine.ts';
import { type SwapOptions, type Swapped, stampOf } from '../scratch.ts';
import { ddl } from './ddl.ts';
import { syntax } from './dialect.ts';
import { beginMigration } from './migrate.ts';
import type { PostgresConnections } from './session.ts';

const { quote } = syntax;
const longestName = 63;

/**
 * 1. Locks the living tables against everybody: refused when others do not let go of them for ten seconds.
 * 2. Refuses where a table of another program refers to one of ours.
 * 3. Moves the living tables to a schema of their own, without their triggers: nothing is to be captured there.
 * 4. Moves the tables of `from` to their place, and makes the triggers.
 * 5. Drops the schema `from`, and commits. Killed before that, nothing has happened.
 * Room: none.
 * @throws DATABASE_BUSY, REFERENCED, SCHEMA_DRIFTED where `from` lacks a table
 */
export async function swap(
  connections: PostgresConnections,
  schema: string | undefined,
  from: string,
  specs: readonly TableSpec[],
  { onStep, onKept, at = now() }: SwapOptions = {},
): Promise<Swapped> {
  const { session, commit, rollback } = await beginMigration(connections, schema);
  try {
    const [current] = (await session.get({ sql: 'SELECT current_schema()' }, []))!;
    const living = String(current);
    const suffix = `_before_restore_${stampOf(at)}`;
    const kept = `${living.slice(0, longestName - suffix.length)}${suffix}`;
    const tables = specs.flatMap(physicalSpecs).map(({ name }) => name);
    const there = await tablesIn(session, living, tables);
    const wanted = await tablesIn(session, from, tables);
    const missing = tables.find((name) => !wanted.includes(name));
    if (missing !== undefined) throw new HoldfastError('SCHEMA_DRIFTED', `${from} has no table ${missing}`);
    await onStep?.('lock');
    await session.exec("SET LOCAL lock_timeout = '10s'");
    if (there.length > 0)
      await session.exec(
        `LOCK TABLE ${there.map((name) => `${quote(living)}.${quote(name)}`).join(', ')} IN ACCESS EXCLUSIVE MODE`,
      );
    await refuseReferences(session, living, there);
    await onKept?.(kept);
    await onStep?.('keep');
    await session.exec(`CREATE SCHEMA ${quote(kept)}`);
    await dropCapture(session, living, tables);
    for (const name of there)
      await session.exec(`ALTER TABLE ${quote(living)}.${quote(name)} SET SCHEMA ${quote(kept)}`);
    await onStep?.('move');
    await dropCapture(session, from, tables);
    for (const name of tables)
      await session.exec(`ALTER TABLE ${quote(from)}.${quote(name)} SET SCHEMA ${quote(living)}`);
    await onStep?.('capture');
    await session.exec(`SET LOCAL search_path TO ${quote(living)}`);
    for (const spec of specs.filter(({ history }) => history !== undefined))
      for (const sql of ddl.createCapture(spec, specs)) await session.exec(sql);
    await session.exec(`DROP SCHEMA ${quote(from)} CASCADE`);
    await onStep?.('commit');
    await commit();
    await onStep?.('finish');
    await connections.close();
    return { kept };
  } catch (error) {
    await rollback();
    throw error;
  }
}

async function tablesIn(session: Session, schema: string, tables: readonly string[]): Promise<string[]> {
  const sql = `SELECT c.relname FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')`;
  const found = new Set((await session.all({ sql }, [schema])).map(([name]) => String(name)));
  return tables.filter((name) => found.has(name));
}

/** Functions of our triggers, with them. */
async function dropCapture(session: Session, schema: string, tables: readonly string[]): Promise<void> {
  const names = tables.flatMap((table) =>
    ['insert', 'update', 'delete', 'clear'].map((part) => `${table}_history_${part}`),
  );
  const sql = `SELECT p.proname FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname = $1 AND p.prorettype = 'pg_catalog.trigger'::pg_catalog.regtype`;
  for (const [name] of await session.all({ sql }, [schema]))
    if (names.includes(String(name)))
      await session.exec(`DROP FUNCTION ${quote(schema)}.${quote(String(name))}() CASCADE`);
}

async function refuseReferences(session: Session, living: string, tables: readonly string[]): Promise<void> {
  const sql = `SELECT r.conrelid::regclass::text, r.confrelid::regclass::text, r.conname, c.relname, cn.nspname, t.relname
    FROM pg_catalog.pg_constraint AS r
    JOIN pg_catalog.pg_class AS c ON c.oid = r.conrelid JOIN pg_catalog.pg_namespace AS cn ON cn.oid = c.relnamespace
    JOIN pg_catalog.pg_class AS t ON t.oid = r.confrelid JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
    WHERE r.contype = 'f' AND tn.nspname = $1`;
  for (const [from, to, constraint, table, schema, target] of await session.all({ sql }, [living])) {
    const own = schema === living && tables.includes(String(table));
    if (own || !tables.includes(String(target))) continue;
    throw new HoldfastError('REFERENCED', `the table ${from} of another program refers to ${to}`, {
      hint: `ALTER TABLE ${from} DROP CONSTRAINT ${quote(String(constraint))};`,
    });
  }
}
