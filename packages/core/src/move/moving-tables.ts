// The tables of a move: those that keep a history, and those whose changes are logged while the move goes on.

import type { Engine } from '../engine/engine.ts';
import { commitAfter } from '../engine/freeze.ts';
import { historySpec, latestSpec, type TableSpec } from '../schema/spec.ts';
import type { Store } from '../store/open-store.ts';
import { leases } from '../system/tables.ts';

export interface MovingTables {
  /** Declared tables, parents before their children. */
  readonly declared: readonly TableSpec[];
  /** All that move but histories, each with a history: which record was changed is known by its key. */
  readonly tracked: readonly TableSpec[];
  /** Changes are only added to them. */
  readonly histories: readonly TableSpec[];
  /** Those of `tracked` that keep no history otherwise. */
  readonly logged: readonly TableSpec[];
}

/** All but the leases: who holds one runs on the database that is left. */
export function movingTables({ domains }: Pick<Store, 'domains'>): MovingTables {
  const declared = domains.flatMap(({ tables }) => tables.map(({ spec }) => spec));
  const moving = declared.filter(({ name }) => name !== leases.name);
  const kept = moving.filter(({ history }) => history !== undefined);
  const logged = [
    ...moving.filter(({ history }) => history === undefined),
    ...moving.map(latestSpec).filter((spec) => spec !== undefined),
  ].map((spec): TableSpec => ({ ...spec, metrics: [], history: 'keys' }));
  return {
    declared,
    tracked: [...kept, ...logged],
    histories: kept.map(historySpec).filter((spec) => spec !== undefined),
    logged,
  };
}

/** As engines take them to find their way through references. */
export const specsOf = ({ declared, logged }: MovingTables): TableSpec[] => {
  const byName = new Map([...declared, ...logged].map((spec) => [spec.name, spec]));
  return [...byName.values()];
};

/**
 * Has the changes of all tables logged. Broken off in between, it may be called again. Each table by itself: who holds one
 * and waits for another could wait for a writer that waits for him.
 */
export async function beginLogging(engine: Engine, tables: MovingTables): Promise<void> {
  const { ddl } = engine;
  const specs = specsOf(tables);
  await endLogging(engine, tables);
  for (const spec of tables.logged)
    await commitAfter(await engine.beginMigration(), async (session) => {
      for (const sql of [...ddl.createTable(historySpec(spec)!), ...ddl.createCapture(spec, specs)])
        await session.exec(sql);
    });
}

/** Takes the logs away, with what wrote them. */
export async function endLogging(engine: Engine, tables: MovingTables): Promise<void> {
  const { ddl } = engine;
  const specs = specsOf(tables);
  for (const spec of tables.logged) {
    const log = historySpec(spec)!;
    await commitAfter(await engine.beginMigration(), async (session) => {
      // Made first, and dropped last: where it is not, nothing is.
      if (!(await engine.hasTable(session, log.name))) return;
      for (const sql of [...ddl.dropCapture(spec, specs), ...ddl.dropTable(log.name)])
        await session.exec(sql);
    });
  }
}

/** Columns that mean the same in every database: marks of an engine's reader of changes do not. */
export const lastingColumns = ({ columns }: TableSpec): TableSpec['columns'] =>
  columns.filter(({ name }) => name !== 'journal_mark');
