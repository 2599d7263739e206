// Making a database as new.

import { HoldfastError } from '../errors.ts';
import { physicalSpecs } from '../schema/spec.ts';
import type { Store } from '../store/open-store.ts';
import { markReset } from './interrupted-reset.ts';
import { migrate } from './migrate.ts';
import { migrationsTable } from './migrations-table.ts';

/**
 * Deletes every declared table with its records, and makes them anew. Other tables are left alone.
 * 1. Drops the tables, children before parents, in one transaction: killed before its end, nothing has happened.
 *    Where each statement commits by itself, what is to be dropped is marked in one transaction instead, and dropped
 *    after it: killed before its end, nothing has happened; killed later, the next opening drops the rest.
 * 2. Applies the migrations again. Killed before that, the next opening does it.
 * @throws REFERENCED when a table of another program refers to one of ours; nothing is dropped then
 */
export async function resetStore(store: Store): Promise<void> {
  const { engine, domains } = store;
  if (engine.capabilities.transactionalDdl) await dropTables(store);
  else await markReset(engine, domains);
  await migrate(engine, domains).catch((cause: unknown) => {
    throw new HoldfastError(
      'DATABASE_FAILED',
      `the tables of ${engine.location} were dropped but not made again`,
      {
        hint: 'Run any command again: it makes them',
        cause,
      },
    );
  });
}

async function dropTables(store: Store): Promise<void> {
  const { engine, domains } = store;
  const specs = [migrationsTable, ...domains.flatMap((domain) => [...domain.tables])].map(
    (table) => table.spec,
  );
  await store.transaction(async ({ session }) => {
    // From the last table to the first; the gauges of a table before the table.
    for (const spec of specs.flatMap(physicalSpecs).toReversed())
      for (const statement of engine.ddl.dropTable(spec.name)) await session.exec(statement);
  });
}
