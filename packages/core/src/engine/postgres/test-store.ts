// What the tests of the PostgreSQL engine share: schemas of their own, statements past Holdfast, a cuttable line.

import pg from 'pg';
import { inject, onTestFinished } from 'vitest';
import type { Domain } from '../../schema/domain.ts';
import type { AnyTable } from '../../schema/table.ts';
import { openStore, type Store, type StoreOptions } from '../../store/open-store.ts';
import { type Line, lineTo } from '../server/test-line.ts';
import { domainOf, things } from '../sqlite/test-tables.ts';

export { refusal } from '../sqlite/test-store.ts';
export { things };

const server = (inject('servers' as never) as Readonly<Record<string, string>>)['postgres'];

/** Without a server these tests are left out, and the run says so at its end. */
export const withoutServer = server === undefined;

let made = 0;

/** A URL with a schema of its own, dropped when the test ends. */
export function scratchUrl(settings: Readonly<Record<string, string | number>> = {}): string {
  const schema = `unit_${process.pid}_${++made}`;
  const url = new URL(server!);
  for (const [name, value] of Object.entries({ schema, ...settings }))
    url.searchParams.set(name, String(value));
  onTestFinished(() => admin(`DROP SCHEMA IF EXISTS ${schema} CASCADE`).then(() => undefined));
  return url.href;
}

export const schemaOf = (url: string): string => new URL(url).searchParams.get('schema')!;

/** Runs statements as the operator, in the schema of the URL where one is given. */
export async function admin(sql: string, url = server!): Promise<unknown[][]> {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const schema = searchParams.get('schema');
  const client = new pg.Client({
    ...{ host: hostname, port: Number(port), user: username, password, database: pathname.slice(1) },
    ...(schema === null ? {} : { options: `-c search_path=${schema}` }),
  });
  await client.connect();
  try {
    const { rows } = await client.query({ text: sql, rowMode: 'array' });
    return rows as unknown[][];
  } finally {
    await client.end();
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

/** How many connections of a store the server has, of those that do what the condition says. */
async function connectionsOf(applicationName: string, condition = 'true'): Promise<number> {
  const of = `application_name = '${applicationName}' AND ${condition}`;
  return Number((await admin(`SELECT count(*) FROM pg_stat_activity WHERE ${of}`))[0]![0]);
}

/** Waits until a store's statement with such a text runs. */
export async function running(applicationName: string, text: string): Promise<void> {
  while ((await connectionsOf(applicationName, `state = 'active' AND query LIKE '%${text}%'`)) === 0);
}

/** Ends every connection to the schema's stores, as an administrator or a crash would, and waits until they are gone. */
export async function terminate(applicationName: string): Promise<void> {
  await admin(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${applicationName}'`,
  );
  while ((await connectionsOf(applicationName)) > 0);
}

/** A TCP line to the server, between it and the store. */
export const line = (settings: Readonly<Record<string, string | number>> = {}): Promise<Line> =>
  lineTo(new URL(scratchUrl(settings)));
