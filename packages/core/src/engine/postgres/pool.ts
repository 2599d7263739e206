// The driver's pool, set up so that every session behaves alike whatever the server's defaults are.

import type { Pool, PoolClient } from 'pg';
import type { Journal } from '../journal.ts';
import type { ConnectionPool } from '../server/connections.ts';
import { storeSetting } from './capture.ts';
import { PostgresConnection } from './connection.ts';
import type { Pg } from './driver.ts';
import { type Place, translate } from './errors.ts';
import { newStoreNumber } from './journal.ts';
import type { PostgresSettings } from './settings.ts';

/** Session settings, given with the start of a connection so that they cost no round trip. */
const session = {
  client_min_messages: 'warning',
  TimeZone: 'UTC',
  DateStyle: 'ISO',
  bytea_output: 'hex',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
};

function makePool(pg: Pg, settings: PostgresSettings, store: string | undefined): Pool {
  const { host, port, database, user, password, tls, pool, timeouts } = settings;
  const parameters: Record<string, string> = {
    ...session,
    ...(store === undefined ? {} : { [storeSetting]: store }),
    ...(timeouts.lock > 0 ? { lock_timeout: String(timeouts.lock) } : {}),
    ...(timeouts.statement > 0 ? { statement_timeout: String(timeouts.statement) } : {}),
    ...(settings.schema === undefined ? {} : { search_path: `"${settings.schema.replaceAll('"', '""')}"` }),
  };
  const made = new pg.Pool({
    host,
    port,
    database,
    user,
    ...(password === undefined ? {} : { password }),
    ssl: tls,
    application_name: settings.applicationName,
    keepAlive: true,
    max: pool.max,
    min: pool.min,
    idleTimeoutMillis: timeouts.idle,
    maxLifetimeSeconds: Math.ceil(timeouts.lifetime / 1_000),
    connectionTimeoutMillis: timeouts.connect,
    options: Object.entries(parameters)
      .map(([name, value]) => `-c ${name}=${value.replaceAll(/[\\ ]/g, '\\$&')}`)
      .join(' '),
  });
  // An idle connection that is lost is replaced when the next one is needed.
  made.on('error', () => {});
  return made;
}

export function postgresPool(
  pg: Pg,
  settings: PostgresSettings,
  place: Place,
  journal?: Journal,
): ConnectionPool<PostgresConnection> {
  const pool = makePool(pg, settings, journal && newStoreNumber());
  const known = new WeakMap<PoolClient, PostgresConnection>();
  return {
    get counts() {
      return { open: pool.totalCount, idle: pool.idleCount };
    },
    async take() {
      const client = await pool.connect().catch((error: unknown) => {
        throw translate(error, place);
      });
      let connection = known.get(client);
      if (connection === undefined) {
        connection = new PostgresConnection(client, place, journal);
        known.set(client, connection);
      }
      return connection;
    },
    give: ({ client, lost }) => client.release(lost),
    close: () => pool.end(),
  };
}
