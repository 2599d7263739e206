// Resetting where every statement commits by itself: what is to be dropped is marked first, and whoever opens the
// database next finishes what was interrupted.

import type { Engine, Session } from '../engine/engine.ts';
import { HoldfastError } from '../errors.ts';
import type { Domain } from '../schema/domain.ts';
import { physicalSpecs } from '../schema/spec.ts';
import { migrationsTable } from './migrations-table.ts';
import { recordMigration } from './progress.ts';

/** Stands among the migrations of a domain whose tables are being dropped. */
export const resetId = '0000-reset';

/**
 * 1. Refuses where another table refers to one of ours.
 * 2. In one transaction: forgets the migrations of the domains, and marks them as being reset. Killed before its
 *    end, nothing has happened; killed after it, the next opening drops the tables and makes them anew.
 * @throws REFERENCED
 */
export async function markReset(engine: Engine, domains: readonly Domain[]): Promise<void> {
  await refuseReferences(engine, domains);
  const { session, commit, rollback } = await engine.beginMigration();
  try {
    await session.exec('START TRANSACTION');
    for (const { name: domain } of domains) {
      await forget(session, engine, domain);
      await recordMigration(session, engine, { domain, id: resetId, checksum: resetId });
    }
    await commit();
  } catch (error) {
    await rollback();
    throw error;
  }
}

/** Drops the tables of marked domains, children before parents, then takes the marks away. */
export async function finishReset(
  session: Session,
  engine: Engine,
  domains: readonly Domain[],
  applied: ReadonlyMap<string, string>,
): Promise<void> {
  const marked = domains.filter(({ name }) => applied.has(`${name}/${resetId}`));
  if (marked.length === 0) return;
  for (const name of tablesOf(marked).toReversed())
    for (const statement of engine.ddl.dropTable(name)) await session.exec(statement);
  await session.exec('START TRANSACTION');
  for (const { name } of marked) await forget(session, engine, name);
  await session.exec('COMMIT');
}

const tablesOf = (domains: readonly Domain[]): string[] =>
  domains.flatMap(({ tables }) => tables.flatMap(({ spec }) => physicalSpecs(spec))).map(({ name }) => name);

async function forget(session: Session, { syntax }: Engine, domain: string): Promise<void> {
  const sql = `DELETE FROM ${syntax.quote(migrationsTable.name)} WHERE domain = ${syntax.placeholder(1)}`;
  await session.run({ sql }, [domain]);
}

async function refuseReferences(engine: Engine, domains: readonly Domain[]): Promise<void> {
  const ours = new Set(tablesOf(domains));
  for (const { name, foreignKeys, constraints = {} } of await engine.introspect())
    for (const definition of foreignKeys) {
      const [, target = ''] = / -> (.*) \(/.exec(definition) ?? [];
      if (ours.has(name) || !ours.has(target)) continue;
      const { quote } = engine.syntax;
      const constraint = constraints[definition]?.name ?? '';
      throw new HoldfastError('REFERENCED', `the table ${name} of another program refers to ${target}`, {
        hint: `ALTER TABLE ${quote(name)} DROP FOREIGN KEY ${quote(constraint)};`,
      });
    }
}
