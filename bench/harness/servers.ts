// Servers of a bench run: private ones, started once for all areas, or those that the environment names.

import driver from 'mysql2/promise';
import pg from 'pg';
import { mysqlServer } from '../../test/engines/mysql-server.ts';
import { postgresServer } from '../../test/engines/postgres-server.ts';
import type { TestServer } from '../../test/engines/server.ts';
import { atEnd } from './scratch.ts';

const started = new Map<TestServer, Promise<string>>();

function urlOf(server: TestServer, variable: string): Promise<string> {
  let url = started.get(server);
  if (url === undefined) {
    url = start(server, variable);
    started.set(server, url);
  }
  return url;
}

async function start(server: TestServer, variable: string): Promise<string> {
  const given = process.env[variable];
  if (given !== undefined) return given;
  const running = await server.start();
  if ('missing' in running) throw new Error(running.missing);
  atEnd(() => running.stop());
  return running.url;
}

/** Runs a statement in the server's own database. @returns the server's URL */
export async function postgresAdmin(sql: string): Promise<string> {
  const url = await urlOf(postgresServer, 'HOLDFAST_BENCH_POSTGRES');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
  return url;
}

/** The same; several statements may come in one text. */
export async function mysqlAdmin(sql: string): Promise<string> {
  const url = await urlOf(mysqlServer, 'HOLDFAST_BENCH_MYSQL');
  const connection = await driver.createConnection({ uri: url, multipleStatements: true });
  await connection.query(sql);
  await connection.end();
  return url;
}

/** Name of the database of a URL. */
export const databaseOf = (url: string): string => new URL(url).pathname.slice(1);
