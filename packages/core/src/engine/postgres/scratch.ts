// Scratch schemas in the same database. A lock of the session that made one says that somebody is at work in it, from
// whichever host; the lock of a killed process is free.

import { randomBytes } from 'node:crypto';
import type { Engine } from '../engine.ts';
import type { Scratch } from '../scratch.ts';
import { hold } from '../server/hold.ts';
import type { PostgresConnection } from './connection.ts';
import { syntax } from './dialect.ts';
import type { PostgresConnections } from './session.ts';

const { quote } = syntax;
const prefix = 'holdfast_scratch_';
/** Of scratch schemas, among the locks of the database. */
const lockClass = 1_214_606_181;
/** Work, the lock, and what looks on. */
const fewestConnections = 4;

interface Opened {
  readonly engine: Engine;
  readonly connections: PostgresConnections;
}

/** Schemas that nobody holds. A name that is taken while it is looked at stays. @returns their names */
export async function removeLeftovers(connection: PostgresConnection): Promise<string[]> {
  const removed: string[] = [];
  const like = `'${prefix.replaceAll('_', '\\_')}%'`;
  const [found] = await connection.exchange([
    {
      sql: `SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname LIKE ${like} AND pg_has_role(nspowner, 'USAGE')`,
    },
  ]);
  for (const [name] of found!.rows as string[][]) {
    const values = [lockClass, name!];
    const [taken] = await connection.exchange([
      { sql: 'SELECT pg_try_advisory_lock($1, hashtext($2))', values },
    ]);
    if (taken!.rows[0]![0] !== true) continue;
    await connection.alone(() => connection.script(`DROP SCHEMA IF EXISTS ${quote(name!)} CASCADE`));
    await connection.exchange([{ sql: 'SELECT pg_advisory_unlock($1, hashtext($2))', values }]);
    removed.push(name!);
  }
  return removed;
}

/** @param open opens a database */
export async function scratch(
  url: string,
  purpose: string,
  open: (url: string) => Promise<Opened>,
): Promise<Scratch> {
  const name = `${prefix}${randomBytes(6).toString('hex')}`;
  const own = new URL(url);
  own.searchParams.set('schema', name);
  own.searchParams.set(
    'pool_max',
    String(Math.max(fewestConnections, Number(own.searchParams.get('pool_max') ?? 10))),
  );
  const { engine, connections } = await open(own.href);
  const held = await hold<PostgresConnection>((work) => connections.session.on(work)).catch(
    async (error: unknown) => {
      await engine.close();
      throw error;
    },
  );
  const { connection } = held;
  const remove = async (): Promise<void> => {
    try {
      if (!connection.lost)
        await connection.alone(() => connection.script(`DROP SCHEMA IF EXISTS ${quote(name)} CASCADE`));
    } finally {
      // The lock goes with it.
      connection.lost = true;
      await held.release();
      await engine.close();
    }
  };
  try {
    await removeLeftovers(connection);
    await connection.exchange([
      { sql: 'SELECT pg_advisory_lock($1, hashtext($2))', values: [lockClass, name] },
    ]);
    const comment = `Holdfast: ${purpose}. Removed when nobody uses it any more.`.replaceAll("'", "''");
    await connection.alone(() =>
      connection.script(`CREATE SCHEMA ${quote(name)}; COMMENT ON SCHEMA ${quote(name)} IS '${comment}'`),
    );
  } catch (error) {
    await remove().catch(() => undefined);
    throw error;
  }
  // The holder is no part of what the engine waits for when it is closed.
  return { name, url: own.href, engine: { ...engine, close: async () => undefined }, remove };
}
