// Migrations go one at a time, whichever process they are in.

import type { OpenTransaction } from '../engine.ts';
import type { PostgresConnections, PostgresSession } from './session.ts';

/** Under a lock that ends with the transaction; what was committed before the lock was had is seen. */
export async function beginMigration(
  connections: PostgresConnections,
  schema: string | undefined,
): Promise<OpenTransaction & { readonly session: PostgresSession }> {
  const open = await connections.begin({ blind: true });
  try {
    const name = schema === undefined ? 'current_schema()' : '$1';
    const lock = { sql: `SELECT pg_advisory_xact_lock(1214606180, hashtext(${name}))` };
    await open.session.run(lock, schema === undefined ? [] : [schema]);
    if (schema !== undefined)
      await open.session.exec(`CREATE SCHEMA IF NOT EXISTS "${schema.replaceAll('"', '""')}"`);
    return open;
  } catch (error) {
    await open.rollback();
    throw error;
  }
}
