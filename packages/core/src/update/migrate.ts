// Bringing a database to the schema this program knows.

import type { Engine, EngineView, Inspect, Session } from '../engine/engine.ts';
import { HoldfastError } from '../errors.ts';
import { compileEncoder, recordFields, type StoredValue } from '../schema/codec.ts';
import type { Domain } from '../schema/domain.ts';
import { now } from '../schema/instant.ts';
import { physicalSpecs } from '../schema/spec.ts';
import { version } from '../version.ts';
import { type Migration, migrationChecksum } from './migration.ts';
import { migrationsTable } from './migrations-table.ts';

/** The record of migrations has no secret columns. */
const secrets = { seal: (plain: string) => plain, open: (sealed: string) => sealed };

interface Pending {
  readonly domain: string;
  readonly migration: Migration;
}

/** Applied checksums by `domain/id`. */
type Applied = ReadonlyMap<string, string>;

/** Refuses a database of a newer program before it is opened for writing. */
export const inspectMigrations =
  (domains: readonly Domain[]): Inspect =>
  async (view, session) => {
    pendingOf(domains, await readApplied(session, view), view.location);
  };

/**
 * Applies what is missing.
 * 1. Reads what was applied. A migration this program does not know means a newer one wrote the database:
 *    refused, nothing is changed. A checksum that differs is refused too.
 * 2. In one transaction: reads again (another process may have been first), applies the rest in order and
 *    records each. A failure rolls the transaction back: the database stays as it was.
 * Needs room for the new tables only.
 * @throws DATABASE_NEWER, MIGRATION_CHANGED
 */
export async function migrate(engine: Engine, domains: readonly Domain[]): Promise<void> {
  const before = await engine.read((session) => readApplied(session, engine));
  if (pendingOf(domains, before, engine.location).length === 0) return;
  const { session, commit, rollback } = await engine.beginMigration();
  try {
    if (!(await engine.hasTable(session, migrationsTable.name)))
      for (const statement of engine.ddl.createTable(migrationsTable.spec)) await session.exec(statement);
    const pending = pendingOf(domains, await readApplied(session, engine), engine.location);
    for (const { domain, migration } of pending) await apply(session, engine, domain, migration);
    await commit();
  } catch (error) {
    await rollback();
    throw error;
  }
}

async function readApplied(session: Session, view: EngineView): Promise<Applied> {
  if (!(await view.hasTable(session, migrationsTable.name))) return new Map();
  const rows = await session.all(
    {
      sql: `SELECT domain, id, checksum FROM ${view.syntax.quote(migrationsTable.name)} ORDER BY domain, id`,
    },
    [],
  );
  return new Map(rows.map(([domain, id, checksum]) => [`${domain}/${id}`, String(checksum)]));
}

/** What is still to do. @throws DATABASE_NEWER, MIGRATION_CHANGED */
function pendingOf(domains: readonly Domain[], applied: Applied, location: string): Pending[] {
  for (const { name, migrations } of domains) {
    const known = new Map(migrations.map((migration) => [`${name}/${migration.id}`, migration]));
    for (const [id, checksum] of applied) {
      if (!id.startsWith(`${name}/`)) continue;
      const migration = known.get(id);
      if (migration === undefined)
        throw new HoldfastError(
          'DATABASE_NEWER',
          `${location} has migration ${id}, which this Holdfast does not know`,
        );
      if (migrationChecksum(migration) !== checksum)
        throw new HoldfastError(
          'MIGRATION_CHANGED',
          `migration ${id} differs from the one applied to ${location}`,
        );
    }
  }
  return domains.flatMap(({ name, migrations }) =>
    migrations
      .filter((migration) => !applied.has(`${name}/${migration.id}`))
      .map((migration): Pending => ({ domain: name, migration })),
  );
}

async function apply(session: Session, engine: Engine, domain: string, migration: Migration): Promise<void> {
  for (const step of migration.steps) {
    const statements =
      'sql' in step
        ? step.sql[engine.name]
        : step.createTables.flatMap(physicalSpecs).flatMap(engine.ddl.createTable);
    for (const statement of statements) await session.exec(statement);
  }
  const { name: table, spec } = migrationsTable;
  const columns = spec.columns.map(({ name }) => name);
  const write = { table, columns, key: spec.key, onConflict: 'fail' } as const;
  const params: StoredValue[] = [];
  const encode = compileEncoder(table, recordFields(migrationsTable), {
    forms: engine.forms(false),
    secrets,
  });
  const { id } = migration;
  const applied = {
    domain,
    id,
    checksum: migrationChecksum(migration),
    appliedAt: now(),
    appliedBy: version,
  };
  encode(applied, params, 0, 0);
  await session.run({ sql: engine.syntax.bulkInsert(write, 1) }, params);
}
