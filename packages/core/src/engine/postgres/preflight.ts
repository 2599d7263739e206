// What a server and its database are, found out before anything is written.

import { HoldfastError } from '../../errors.ts';
import type { OpenOptions } from '../engine.ts';
import type { PostgresSession } from './session.ts';

/** The oldest version whose features are relied on, as the server counts them. */
const oldestVersion = 130_000;

export interface ServerFacts {
  /** 150004 for 15.4. */
  readonly version: number;
  readonly encoding: string;
  readonly readOnly: boolean;
  /** Tables in the schema, and whether Holdfast's own record is among them. */
  readonly tables: number;
  readonly ours: boolean;
}

const factsSql = `SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),
  current_setting('transaction_read_only') = 'on', count(c.oid)::int,
  coalesce(bool_or(c.relname = 'holdfast_migrations'), false)
FROM (SELECT 1) AS one LEFT JOIN pg_catalog.pg_class AS c
  ON c.relkind IN ('r', 'p')
  AND c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema())`;

/** @throws DATABASE_UNSUPPORTED, DATABASE_READ_ONLY, DATABASE_NOT_FOUND, DATABASE_FOREIGN */
export async function preflight(
  session: PostgresSession,
  location: string,
  options: OpenOptions,
): Promise<void> {
  const row = await session.get({ sql: factsSql }, []);
  const [version, encoding, readOnly, tables, ours] = row as [number, string, boolean, number, boolean];
  checkFacts({ version, encoding, readOnly, tables, ours }, location, options);
}

export function checkFacts(facts: ServerFacts, location: string, { adopt, mustExist }: OpenOptions): void {
  if (facts.version < oldestVersion)
    throw new HoldfastError(
      'DATABASE_UNSUPPORTED',
      `${location} is PostgreSQL ${Math.floor(facts.version / 10_000)}; Holdfast needs 13 or newer`,
    );
  if (facts.encoding !== 'UTF8')
    throw new HoldfastError(
      'DATABASE_UNSUPPORTED',
      `${location} keeps text as ${facts.encoding}; Holdfast needs UTF8`,
      { hint: "CREATE DATABASE name TEMPLATE template0 ENCODING 'UTF8';" },
    );
  if (facts.readOnly)
    throw new HoldfastError('DATABASE_READ_ONLY', `${location} takes no writes: it is a replica, or set so`, {
      hint: 'Name the primary server in the URL',
    });
  if (facts.ours) return;
  if (mustExist)
    throw new HoldfastError('DATABASE_NOT_FOUND', `there is nothing of Holdfast in ${location} yet`, {
      hint: 'holdfast source add makes its tables; holdfast demo shows some',
    });
  if (facts.tables > 0 && !adopt)
    throw new HoldfastError(
      'DATABASE_FOREIGN',
      `${location} has ${facts.tables} tables of another program and none of Holdfast's`,
      { hint: 'Give Holdfast a database of its own, or a schema: …?schema=holdfast' },
    );
}
