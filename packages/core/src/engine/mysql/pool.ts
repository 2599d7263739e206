// The driver's pool, each session of it set up alike whatever the server's defaults are.

import type { Pool, PoolConnection } from 'mysql2';
import type { ConnectionPool } from '../server/connections.ts';
import { MysqlConnection } from './connection.ts';
import type { Mysql } from './driver.ts';
import { type Place, translate } from './errors.ts';
import type { ServerWants } from './session.ts';
import type { MysqlSettings } from './settings.ts';

const longest = 31_536_000;

/** In comments what only one of the two servers knows. */
function sessionSql({ timeouts }: MysqlSettings): string {
  const seconds = (milliseconds: number): number =>
    milliseconds === 0 ? longest : Math.max(1, Math.ceil(milliseconds / 1_000));
  const { lock, statement } = timeouts;
  const variables = [
    `sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'`,
    `time_zone = '+00:00'`,
    'autocommit = 1',
    'foreign_key_checks = 1',
    'unique_checks = 1',
    `innodb_lock_wait_timeout = ${seconds(lock)}`,
    `lock_wait_timeout = ${seconds(lock)}`,
    // Whoever reads a stream may take his time.
    'net_write_timeout = 86400',
  ];
  const limits = `/*M!, max_statement_time = ${statement / 1_000} *//*!80000 , max_execution_time = ${statement} */`;
  return `SET SESSION ${variables.join(', ')} ${limits}; SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED`;
}

function makePool(mysql: Mysql, settings: MysqlSettings): Pool {
  const { host, port, database, user, password, tls, pool, timeouts } = settings;
  return mysql.createPool({
    ...(host.startsWith('/') ? { socketPath: host } : { host, port }),
    database,
    user,
    ...(password === undefined ? {} : { password }),
    ...(tls === false
      ? {}
      : { ssl: { ...tls, verifyIdentity: tls.rejectUnauthorized && tls.checkServerIdentity === undefined } }),
    connectAttributes: { program_name: settings.applicationName },
    charset: 'utf8mb4',
    connectTimeout: timeouts.connect,
    enableKeepAlive: true,
    connectionLimit: pool.max,
    maxIdle: pool.min,
    idleTimeout: timeouts.idle,
    multipleStatements: true,
    // We keep fewer, and close them ourselves.
    maxPreparedStatements: 1_000,
    // Packets of statements are written without them.
    flags: ['-CLIENT_QUERY_ATTRIBUTES'],
  });
}

export function mysqlPool(
  mysql: Mysql,
  settings: MysqlSettings,
  place: Place,
  wants: ServerWants,
): ConnectionPool<MysqlConnection> {
  const pool = makePool(mysql, settings);
  const setup = sessionSql(settings);
  const known = new Map<PoolConnection, MysqlConnection>();
  let lent = 0;
  const take = (): Promise<PoolConnection> =>
    new Promise((resolve, reject) => {
      pool.getConnection((error, raw) => (error ? reject(translate(error, place)) : resolve(raw)));
    });
  const forget = (connection: MysqlConnection): void => {
    known.delete(connection.raw);
    connection.raw.destroy();
  };
  return {
    get counts() {
      return { open: known.size, idle: known.size - lent };
    },
    async take() {
      const raw = await take();
      let connection = known.get(raw);
      if (connection === undefined) {
        const made = new MysqlConnection(raw, place, wants);
        connection = made;
        known.set(raw, made);
        raw.on('end', () => known.delete(raw));
        try {
          await made.script(setup);
        } catch (error) {
          forget(made);
          throw error;
        }
      }
      lent++;
      return connection;
    },
    give(connection) {
      lent--;
      const old = performance.now() - connection.openedAt > settings.timeouts.lifetime;
      if (connection.lost || (old && settings.timeouts.lifetime > 0)) forget(connection);
      else connection.raw.release();
    },
    close: () =>
      new Promise((resolve) => {
        pool.end(() => resolve());
      }),
  };
}
