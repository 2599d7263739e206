// The tables of a database that is restored into: whether they hold anything, and how they go.

import type { Engine, Session } from '../../engine/engine.ts';
import { HoldfastError } from '../../errors.ts';
import { physicalSpecs, type TableSpec } from '../../schema/spec.ts';
import { migrationsTable } from '../../update/migrations-table.ts';
import { type MigrationRow, recordMigration } from '../../update/progress.ts';
import { restoreMark } from '../../update/restore-mark.ts';
import { holdsRecords } from '../backup/content.ts';

/**
 * Passes for a database without records, and for one in which a restore was broken off.
 * @param specs tables that may be there
 * @throws RESTORE_NOT_EMPTY naming a table that holds something
 */
export async function checkEmpty(engine: Engine, specs: readonly TableSpec[]): Promise<void> {
  const { syntax, location } = engine;
  await engine.read(async (session) => {
    if (await isMarked(engine, session)) return;
    const ours = specs.flatMap(physicalSpecs).filter(({ name }) => holdsRecords(name));
    // What people know is named before what the store keeps for itself.
    const known = ours.filter(({ name }) => !name.startsWith('holdfast_'));
    const there = await engine.tableNames(session);
    for (const { name } of new Set([...known, ...ours])) {
      if (!there.has(name)) continue;
      const found = await session.get({ sql: `SELECT 1 FROM ${syntax.quote(name)} LIMIT 1` }, []);
      if (found === undefined) continue;
      throw new HoldfastError('RESTORE_NOT_EMPTY', `${location} holds records: ${name} is not empty`, {
        details: { table: name },
      });
    }
  });
}

async function isMarked({ syntax, hasTable }: Engine, session: Session): Promise<boolean> {
  if (!(await hasTable(session, migrationsTable.name))) return false;
  const { quote, placeholder } = syntax;
  const sql = `SELECT 1 FROM ${quote(migrationsTable.name)} WHERE domain = ${placeholder(1)}`;
  return (await session.get({ sql }, [restoreMark.domain])) !== undefined;
}

/** Drops those of the tables that are there, children before parents, the record of migrations last. */
export async function dropTables(engine: Engine, specs: readonly TableSpec[]): Promise<void> {
  const { session, commit, rollback } = await engine.beginMigration();
  try {
    const there = await engine.tableNames(session);
    for (const { name } of [migrationsTable.spec, ...specs].flatMap(physicalSpecs).toReversed())
      if (there.has(name)) for (const statement of engine.ddl.dropTable(name)) await session.exec(statement);
    await commit();
  } catch (error) {
    await rollback();
    throw error;
  }
}

/** Makes the record of migrations, with the mark that keeps everybody out until the restore is through. */
export async function markRestoring(engine: Engine, archive: string): Promise<void> {
  const { session, commit, rollback } = await engine.beginMigration();
  try {
    for (const statement of engine.ddl.createTable(migrationsTable.spec)) await session.exec(statement);
    await recordMigration(session, engine, { ...restoreMark, checksum: archive });
    await commit();
  } catch (error) {
    await rollback();
    throw error;
  }
}

/** What had made the tables. @param migrations as the archive has them, and marks */
export async function recordMigrations(engine: Engine, migrations: readonly MigrationRow[]): Promise<void> {
  const { session, commit, rollback } = await engine.begin();
  try {
    for (const migration of migrations) await recordMigration(session, engine, migration);
    await commit();
  } catch (error) {
    await rollback();
    throw error;
  }
}
