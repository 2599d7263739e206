// Engines under the benches: a new database, what it holds in bytes, and what it needs before it is read.

import type { Store } from '@holdfast/core';
import { removeDatabase, scratchPath } from './scratch.ts';
import { databaseOf, mysqlAdmin, postgresAdmin } from './servers.ts';

export interface BenchEngine {
  readonly name: string;
  /** @returns the URL of an empty database */
  make(name: string): Promise<string>;
  remove(url: string): Promise<void>;
  /** After a load: statistics for the planner, nothing left for a vacuum to do. */
  settle(store: Store, tables: readonly string[]): Promise<void>;
  /** Removes all rows, and leaves no work for afterwards. */
  empty(store: Store, table: string): Promise<void>;
  /** Bytes of tables with their indexes. */
  sizeOf(store: Store, tables: readonly string[]): Promise<number>;
}

const exec = (store: Store, sql: string): Promise<void> =>
  store.engine.autocommit((session) => session.exec(sql));
const sum = async (store: Store, sql: string): Promise<number> =>
  Number((await store.engine.read((session) => session.get({ sql }, [])))![0]);
const texts = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');
const database = (name: string): string => `bench_${name.replaceAll('-', '_')}`;

const sqlite: BenchEngine = {
  name: 'sqlite',
  async make(name) {
    const path = scratchPath(`${name}.db`);
    removeDatabase(path);
    return `sqlite:${path}`;
  },
  remove: async (url) => removeDatabase(url.slice('sqlite:'.length)),
  settle: async () => {},
  empty: (store, table) => exec(store, `DELETE FROM ${table}`),
  sizeOf: async (store, tables) =>
    sum(
      store,
      `SELECT sum(pgsize) FROM dbstat WHERE name IN (SELECT name FROM sqlite_schema WHERE tbl_name IN (${texts(tables)}))`,
    ),
};

const postgres: BenchEngine = {
  name: 'postgres',
  async make(name) {
    await postgresAdmin(`DROP DATABASE IF EXISTS ${database(name)} WITH (FORCE)`);
    const url = new URL(await postgresAdmin(`CREATE DATABASE ${database(name)}`));
    url.pathname = `/${database(name)}`;
    return url.href;
  },
  remove: async (url) =>
    void (await postgresAdmin(`DROP DATABASE IF EXISTS ${databaseOf(url)} WITH (FORCE)`)),
  settle: (store, tables) => exec(store, `VACUUM ANALYZE ${tables.join(', ')}`),
  empty: (store, table) => exec(store, `TRUNCATE ${table}`),
  sizeOf: (store, tables) =>
    sum(
      store,
      `SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname IN (${texts(tables)})`,
    ),
};

const mysql: BenchEngine = {
  name: 'mysql',
  async make(name) {
    const url = new URL(
      await mysqlAdmin(`DROP DATABASE IF EXISTS ${database(name)}; CREATE DATABASE ${database(name)}`),
    );
    url.pathname = `/${database(name)}`;
    return url.href;
  },
  remove: async (url) => void (await mysqlAdmin(`DROP DATABASE IF EXISTS ${databaseOf(url)}`)),
  settle: (store, tables) => exec(store, `ANALYZE TABLE ${tables.join(', ')}`),
  empty: (store, table) => exec(store, `TRUNCATE ${table}`),
  sizeOf: (store, tables) =>
    sum(
      store,
      `SELECT sum(data_length + index_length) FROM information_schema.tables
        WHERE table_schema = database() AND table_name IN (${texts(tables)})`,
    ),
};

export const engines: readonly BenchEngine[] = [sqlite, postgres, mysql];
