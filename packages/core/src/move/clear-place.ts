// What a move leaves at the new place that does not come to its seal.

import { placeFor } from '../archive/restore/place.ts';
import { dropTables } from '../archive/restore/target-tables.ts';
import type { Engine } from '../engine/engine.ts';
import { openEngine } from '../engine/open-engine.ts';
import { isHoldfastError } from '../errors.ts';
import type { TableSpec } from '../schema/spec.ts';
import { migrationsTable } from '../update/migrations-table.ts';
import { arriving, restoreMark } from '../update/restore-mark.ts';

/**
 * Takes away what was left at the new place by a move that did not come to its seal. A database that is no move's is left
 * alone.
 */
export async function clearPlace(url: string, specs: readonly TableSpec[]): Promise<void> {
  try {
    await dropArrived(url, specs);
    await (await placeFor(url, specs, false)).abandon();
  } catch (error) {
    const codes = ['RESTORE_NOT_EMPTY', 'DATABASE_NOT_FOUND'];
    if (!isHoldfastError(error) || !codes.includes(error.code)) throw error;
  }
}

async function dropArrived(url: string, specs: readonly TableSpec[]): Promise<void> {
  let engine: Engine;
  try {
    engine = await openEngine(url, { mustExist: true });
  } catch (error) {
    if (isHoldfastError(error) && error.code === 'DATABASE_NOT_FOUND') return;
    throw error;
  }
  const { quote, placeholder } = engine.syntax;
  const sql = `SELECT 1 FROM ${quote(migrationsTable.name)} WHERE domain = ${placeholder(1)} AND checksum = ${placeholder(2)}`;
  try {
    const marked = await engine.read(
      async (session) =>
        (await engine.hasTable(session, migrationsTable.name)) &&
        (await session.get({ sql }, [restoreMark.domain, arriving])) !== undefined,
    );
    if (marked) await dropTables(engine, specs);
  } finally {
    await engine.close();
  }
}
