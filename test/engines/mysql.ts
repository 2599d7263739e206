// MySQL or MariaDB under test: every database is one of its own on the server.

import driver, { type Connection } from 'mysql2/promise';
import { inject, onTestFinished } from 'vitest';
import { type EngineAccess, type TestEngine, testEngine } from './engine.ts';

async function direct<R>(url: string, work: (connection: Connection) => Promise<R>): Promise<R> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const connection = await driver.createConnection({
    host: hostname,
    port: Number(port || 3_306),
    user: username,
    password,
    database: pathname.slice(1),
    charset: 'utf8mb4',
    multipleStatements: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    jsonStrings: true,
    // Whole numbers as bigint, everything else as the driver gives it.
    typeCast: (field, next) => {
      if (field.type !== 'LONGLONG' && field.type !== 'TINY') return next();
      const value = next();
      return value === null ? null : BigInt(value as string);
    },
  });
  try {
    return await work(connection);
  } finally {
    await connection.end();
  }
}

let made = 0;

const access = (server: string): EngineAccess => ({
  name: 'mysql',
  async url(busyTimeoutMs = 0) {
    const name = `holdfast_test_${process.pid}_${++made}`;
    const url = new URL(server);
    url.pathname = `/${name}`;
    if (busyTimeoutMs > 0) url.searchParams.set('lock_timeout', `${busyTimeoutMs}ms`);
    await direct(server, (connection) =>
      connection.query(`DROP DATABASE IF EXISTS ${name}; CREATE DATABASE ${name}`),
    );
    onTestFinished(() =>
      direct(server, async (connection) => {
        await connection.query(`DROP DATABASE IF EXISTS ${name}`);
      }),
    );
    return url.href;
  },
  exec: (url, sql) =>
    direct(url, async (connection) => {
      await connection.query(sql);
    }),
  query: (url, sql, ...params) =>
    direct(url, async (connection) => {
      const values = params.map((value) => (typeof value === 'bigint' ? String(value) : value));
      const [rows] = await connection.execute({ sql, rowsAsArray: true, values: values as never });
      return rows as unknown as unknown[][];
    }),
});

/** The engine, where the run has a server. */
export function mysql(): readonly TestEngine[] {
  const server = inject('servers')['mysql'];
  return server === undefined ? [] : [testEngine(access(server))];
}
