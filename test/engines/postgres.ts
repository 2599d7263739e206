// PostgreSQL under test: every database is a schema of its own in one database for each file of tests.

import pg from 'pg';
import { afterAll, inject, onTestFinished } from 'vitest';
import { type EngineAccess, type TestEngine, testEngine } from './engine.ts';

/** Whole numbers as bigint, everything else as the server spells it. */
const types = {
  getTypeParser: (id: number) => (id === 20 || id === 23 ? BigInt : (text: string) => text),
};

async function direct<R>(url: string, work: (client: pg.Client) => Promise<R>): Promise<R> {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const schema = searchParams.get('schema');
  const client = new pg.Client({
    host: hostname,
    port: Number(port || 5_432),
    user: username,
    password,
    database: pathname.slice(1),
    ...(schema === null ? {} : { options: `-c search_path=${schema}` }),
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

let database: Promise<string> | undefined;
let made = 0;

/** Server and database for this file of tests. */
async function ownDatabase(server: string): Promise<string> {
  const name = `holdfast_test_${process.pid}`;
  await direct(server, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  await direct(server, (client) => client.query(`CREATE DATABASE ${name}`));
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

const access = (server: string): EngineAccess => ({
  name: 'postgres',
  async url(busyTimeoutMs = 0) {
    database ??= ownDatabase(server);
    const url = new URL(await database);
    const schema = `t${++made}`;
    url.searchParams.set('schema', schema);
    if (busyTimeoutMs > 0) url.searchParams.set('lock_timeout', `${busyTimeoutMs}ms`);
    onTestFinished(() =>
      direct(url.href, async (client) => {
        await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
      }),
    );
    return url.href;
  },
  exec: (url, sql) =>
    direct(url, async (client) => {
      await client.query(sql);
    }),
  query: (url, sql, ...params) =>
    direct(url, async (client) => {
      const { rows } = await client.query({ text: sql, values: params, rowMode: 'array', types });
      return rows as unknown[][];
    }),
});

/** The engine, where the run has a server. */
export function postgres(): readonly TestEngine[] {
  const server = inject('servers')['postgres'];
  if (server === undefined) return [];
  afterAll(async () => {
    if (database === undefined) return;
    const name = new URL(await database).pathname.slice(1);
    await direct(server, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
  });
  return [testEngine(access(server))];
}
