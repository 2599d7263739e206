// Bringing a database to the schema this program knows.

import type { Engine, EngineView, Inspect, Session } from '../engine/engine.ts';
import { HoldfastError } from '../errors.ts';
import { registerTracked } from '../history/tracked.ts';
import type { Domain } from '../schema/domain.ts';
import { historySpec, physicalSpecs, type TableSpec } from '../schema/spec.ts';
import { finishReset, resetId } from './interrupted-reset.ts';
import { type Migration, migrationChecksum } from './migration.ts';
import { migrationsTable } from './migrations-table.ts';
import { movedMark } from './moved-mark.ts';
import { isOf, type Progress, progressOf, progressText, recordMigration } from './progress.ts';
import { arriving, restoreMark } from './restore-mark.ts';

interface Pending {
  readonly domain: string;
  readonly migration: Migration;
  /** How far an earlier process has come with it. */
  readonly progress?: Progress | undefined;
}

/** Checksums, or how far it has come, by `domain/id`. */
type Applied = ReadonlyMap<string, string>;

/** Refuses a database of a newer program before it is opened for writing. */
export const inspectMigrations =
  (domains: readonly Domain[], { restoring = false }: MigrateOptions = {}): Inspect =>
  async (view, session) => {
    const applied = await readApplied(session, view);
    if (!restoring) refuseUnfinished(applied, view.location);
    pendingOf(domains, applied, view.location);
  };

export interface MigrateOptions {
  /** The database is one that a restore is not through with, and it is the restore that opens it. @default false */
  readonly restoring?: boolean;
}

/** @throws RESTORE_UNFINISHED, DATABASE_MOVED */
function refuseUnfinished(applied: Applied, location: string): void {
  const archive = applied.get(`${restoreMark.domain}/${restoreMark.id}`);
  const moved = applied.get(`${movedMark.domain}/${movedMark.id}`);
  if (moved !== undefined)
    throw new HoldfastError('DATABASE_MOVED', `${location} has moved to ${moved}`, {
      details: { to: moved },
    });
  if (archive === undefined) return;
  if (archive === arriving)
    throw new HoldfastError('RESTORE_UNFINISHED', `a move to ${location} is not through, or was broken off`, {
      hint: 'Use the database that moves: Holdfast brings the move to its end when it opens it',
    });
  throw new HoldfastError(
    'RESTORE_UNFINISHED',
    `a restore of the archive ${archive} into ${location} is not through, or was broken off`,
    { details: { archive } },
  );
}

/**
 * Whether this program knows all that was applied.
 * @param applied checksums by `domain/id`
 * @param location what they were applied to, for messages
 * @throws DATABASE_NEWER, MIGRATION_CHANGED
 */
export function checkMigrations(domains: readonly Domain[], applied: Applied, location: string): void {
  pendingOf(domains, applied, location);
}

/** Those of this program that were not applied, in their order; parameters and errors are those of `checkMigrations`. */
export const pendingMigrations = (
  domains: readonly Domain[],
  applied: Applied,
  location: string,
): Migration[] => pendingOf(domains, applied, location).map(({ migration }) => migration);

/**
 * Applies what is missing.
 * 1. Reads what was applied. A migration this program does not know means a newer one wrote the database:
 *    refused, nothing is changed. A checksum that differs is refused too.
 * 2. In one transaction: reads again (another process may have been first), applies the rest in order and
 *    records each. A failure rolls the transaction back: the database stays as it was.
 *    Where each statement commits by itself, what was done stays, and is recorded: the next opening goes on from there.
 * Needs room for the new tables only.
 * @throws DATABASE_NEWER, MIGRATION_CHANGED, RESTORE_UNFINISHED
 */
export async function migrate(
  engine: Engine,
  domains: readonly Domain[],
  { restoring = false }: MigrateOptions = {},
): Promise<void> {
  const before = await engine.read((session) => readApplied(session, engine));
  if (!restoring) refuseUnfinished(before, engine.location);
  if (pendingOf(domains, before, engine.location).length > 0) await applyPending(engine, domains);
  await registerTracked(engine, specsOf(domains));
}

const specsOf = (domains: readonly Domain[]): TableSpec[] =>
  domains.flatMap(({ tables }) => tables.map(({ spec }) => spec));

async function applyPending(engine: Engine, domains: readonly Domain[]): Promise<void> {
  const { session, commit, rollback } = await engine.beginMigration();
  try {
    if (!(await engine.hasTable(session, migrationsTable.name)))
      for (const statement of engine.ddl.createTable(migrationsTable.spec)) await session.exec(statement);
    await finishReset(session, engine, domains, await readApplied(session, engine));
    const pending = pendingOf(domains, await readApplied(session, engine), engine.location);
    for (const each of pending) await apply(session, engine, each, specsOf(domains));
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
      if (!id.startsWith(`${name}/`) || id === `${name}/${resetId}`) continue;
      const migration = known.get(id);
      if (migration === undefined)
        throw new HoldfastError(
          'DATABASE_NEWER',
          `${location} has migration ${id}, which this Holdfast does not know`,
        );
      const [own, progress] = [migrationChecksum(migration), progressOf(checksum)];
      if (progress === undefined ? own !== checksum : !isOf(progress, own))
        throw new HoldfastError(
          'MIGRATION_CHANGED',
          `migration ${id} differs from the one applied to ${location}`,
        );
    }
  }
  return domains.flatMap(({ name, migrations }) =>
    migrations
      .map((migration) => ({ migration, recorded: applied.get(`${name}/${migration.id}`) }))
      .filter(({ recorded }) => recorded === undefined || progressOf(recorded) !== undefined)
      .map(({ migration, recorded }) => ({
        domain: name,
        migration,
        progress: recorded === undefined ? undefined : progressOf(recorded),
      })),
  );
}

/** A statement of a migration. */
interface Work {
  readonly sql: string;
  /** It must not be done again; tables are made only where they are missing. */
  readonly once: boolean;
}

function workOf({ ddl, name }: Engine, { steps }: Migration, specs: readonly TableSpec[]): Work[] {
  const captured = (tables: readonly TableSpec[]): string[] =>
    tables.filter(({ history }) => history !== undefined).flatMap((spec) => ddl.createCapture(spec, specs));
  return steps.flatMap((step): Work[] => {
    if ('sql' in step) return step.sql[name].map((sql) => ({ sql, once: true }));
    const [tables, made] =
      'track' in step
        ? [step.track, step.track.map((spec) => historySpec(spec)!)]
        : [step.createTables, step.createTables.flatMap(physicalSpecs)];
    return [...made.flatMap(ddl.createTable), ...captured(tables)].map((sql) => ({ sql, once: false }));
  });
}

async function apply(
  session: Session,
  engine: Engine,
  pending: Pending,
  specs: readonly TableSpec[],
): Promise<void> {
  const { domain, migration, progress } = pending;
  const checksum = migrationChecksum(migration);
  const record = (text: string): Promise<void> =>
    recordMigration(session, engine, { domain, id: migration.id, checksum: text });
  const work = workOf(engine, migration, specs);
  if (engine.capabilities.transactionalDdl) for (const { sql } of work) await session.exec(sql);
  else
    for (let at = progress?.done ?? 0; at < work.length; at++) {
      const { sql, once } = work[at]!;
      if (!once) {
        await session.exec(sql);
        continue;
      }
      const doubtful = progress?.begun === true && progress.done === at;
      await record(progressText(checksum, at, true));
      await session.exec('COMMIT; START TRANSACTION');
      try {
        await session.exec(sql);
      } catch (error) {
        if (!doubtful || !engine.isDoneAlready?.(error)) {
          await session.exec('ROLLBACK').catch(() => undefined);
          await record(progressText(checksum, at, false)).catch(() => undefined);
          throw error;
        }
      }
      // A statement that changes records is committed together with this.
      await record(progressText(checksum, at + 1, false));
      await session.exec('COMMIT');
    }
  await record(checksum);
}
