// What the tests of the MySQL and MariaDB engine share: databases of their own, statements past Holdfast, a cuttable line.

import driver from 'mysql2/promise';
import { inject, onTestFinished } from 'vitest';
import type { Domain } from '../../schema/domain.ts';
import type { AnyTable } from '../../schema/table.ts';
import { openStore, type Store, type StoreOptions } from '../../store/open-store.ts';
import { type Line, lineTo } from '../server/test-line.ts';
import { domainOf, things } from '../sqlite/test-tables.ts';

export { refusal } from '../sqlite/test-store.ts';
export { domainOf, things };

type Settings = Readonly<Record<string, string | number>>;

const server = (inject('servers' as never) as Readonly<Record<string, string>>)['mysql'];

/** Without a server these tests are left out, and the run says so at its end. */
export const withoutServer = server === undefined;

let made = 0;

/** A URL with an empty database of its own, dropped when the test ends. */
export async function scratchUrl(settings: Settings = {}): Promise<string> {
  const name = `unit_${process.pid}_${++made}`;
  const url = new URL(server!);
  url.pathname = `/${name}`;
  for (const [setting, value] of Object.entries(settings)) url.searchParams.set(setting, String(value));
  await admin(`DROP DATABASE IF EXISTS ${name}; CREATE DATABASE ${name}`);
  onTestFinished(() => admin(`DROP DATABASE IF EXISTS ${name}`).then(() => undefined));
  return url.href;
}

export const databaseOf = (url: string): string => new URL(url).pathname.slice(1);

/** Runs statements as the operator, in the database of the URL where one is given. @returns the rows of a single one */
export async function admin(sql: string, url = server!): Promise<unknown[][]> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const connection = await driver.createConnection({
    ...{ host: hostname, port: Number(port), user: username, password, database: pathname.slice(1) },
    multipleStatements: true,
    supportBigNumbers: true,
  });
  try {
    const [rows] = await connection.query({ sql, rowsAsArray: true });
    return rows as unknown as unknown[][];
  } finally {
    await connection.end();
  }
}

/** A store over `things`, or other tables, closed when the test ends. */
export async function open(
  url: string,
  { tables = [things], ...options }: Partial<StoreOptions<Domain>> & { readonly tables?: AnyTable[] } = {},
): Promise<Store> {
  const store = await openStore({ domains: [domainOf(...tables)], ...options, url });
  onTestFinished(() => store.close());
  return store as unknown as Store;
}

/** An account with these rights on the database of the URL, dropped when the test ends. @returns the URL with it */
export async function accountUrl(url: string, ...rights: readonly string[]): Promise<string> {
  const name = `holdfast_${process.pid}_${++made}`;
  const database = databaseOf(url);
  await admin(
    [
      `CREATE USER '${name}'@'%' IDENTIFIED BY 'p:w/1'`,
      ...rights.map((right) => `GRANT ${right} ON \`${database}\`.* TO '${name}'@'%'`),
    ].join('; '),
  );
  onTestFinished(async () => void (await admin(`DROP USER '${name}'@'%'`)));
  const own = new URL(url);
  own.username = name;
  own.password = 'p:w/1';
  return own.href;
}

/** Ends every connection to the database, as an administrator would. @returns when they have gone */
export async function terminate(url: string): Promise<void> {
  const others = async (): Promise<unknown[][]> =>
    admin(
      `SELECT id FROM information_schema.processlist WHERE db = '${databaseOf(url)}' AND id <> connection_id()`,
    );
  for (const [id] of await others()) await admin(`KILL ${id}`).catch(() => undefined);
  while ((await others()).length > 0);
}

/** A TCP line to the server, between it and the store. */
export const line = async (settings: Settings = {}): Promise<Line> =>
  lineTo(new URL(await scratchUrl(settings)));
