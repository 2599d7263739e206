// Connections that are kept open between their uses, each set up alike whatever the server's defaults are. The driver's
// own pool closes idle ones whatever idle_timeout says.

import type { ConnectionOptions } from 'mysql2';
import type { ConnectionPool } from '../server/connections.ts';
import { MysqlConnection } from './connection.ts';
import type { Mysql } from './driver.ts';
import type { Place } from './errors.ts';
import { greeted } from './greeting.ts';
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

function connectionOptions(settings: MysqlSettings): ConnectionOptions {
  const { host, port, database, user, password, tls, timeouts } = settings;
  return {
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
    multipleStatements: true,
    // We keep fewer, and close them ourselves.
    maxPreparedStatements: 1_000,
    // Packets of statements are written without them.
    flags: ['-CLIENT_QUERY_ATTRIBUTES'],
  };
}

export function mysqlPool(
  mysql: Mysql,
  settings: MysqlSettings,
  place: Place,
  wants: ServerWants,
): ConnectionPool<MysqlConnection> {
  const options = connectionOptions(settings);
  const setup = sessionSql(settings);
  const { idle: idleMs, lifetime } = settings.timeouts;
  const open = new Set<MysqlConnection>();
  /** Those that nobody has, the one used last at the end, and since when, on the clock of `performance`. */
  const idle: { readonly connection: MysqlConnection; readonly since: number }[] = [];
  let timer: NodeJS.Timeout | undefined;

  const remove = (connection: MysqlConnection): void => {
    open.delete(connection);
    const at = idle.findIndex((each) => each.connection === connection);
    if (at >= 0) idle.splice(at, 1);
  };
  const forget = (connection: MysqlConnection): void => {
    remove(connection);
    connection.destroy();
  };
  const connect = async (): Promise<MysqlConnection> => {
    const raw = mysql.createConnection(options);
    const connection = new MysqlConnection(raw, place, wants);
    open.add(connection);
    // Whoever waits for an answer on it hears of that from the driver, unless we hang up first.
    for (const event of ['error', 'end']) raw.on(event, () => remove(connection));
    try {
      connection.takesArrays = await greeted(raw, place);
      await connection.script(setup);
      return connection;
    } catch (error) {
      forget(connection);
      throw error;
    }
  };
  /** Closes what nobody has used for too long, and looks again when the next one is due. */
  const trim = (): void => {
    timer = undefined;
    const now = performance.now();
    for (let next = idle[0]; next !== undefined && open.size > settings.pool.min; next = idle[0]) {
      const { connection, since } = next;
      if (now - since < idleMs) {
        timer ??= setTimeout(trim, since + idleMs - now + 1);
        timer.unref();
        return;
      }
      remove(connection);
      void connection.bye();
    }
  };
  return {
    get counts() {
      return { open: open.size, idle: idle.length };
    },
    async take() {
      return idle.pop()?.connection ?? connect();
    },
    give(connection) {
      const old = lifetime > 0 && performance.now() - connection.openedAt > lifetime;
      if (connection.lost || old) return forget(connection);
      idle.push({ connection, since: performance.now() });
      if (timer === undefined && idleMs > 0) trim();
    },
    async close() {
      clearTimeout(timer);
      await Promise.all([...open].map((connection) => connection.bye()));
      open.clear();
      idle.length = 0;
    },
  };
}
