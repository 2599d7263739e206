// Engines under the history benches: a new database, what it holds in bytes, and what it needs before it is read.

import { removeDatabase, scratchPath } from '../harness/scratch.ts';
import { databaseOf, mysqlAdmin, postgresAdmin } from '../harness/servers.ts';
import type { BenchStore } from './guests.ts';

export interface HistoryEngine {
  readonly name: string;
  /** @returns the URL of an empty database */
  make(name: string): Promise<string>;
  remove(url: string): Promise<void>;
  /** After a load: statistics for the planner, nothing left for a vacuum to do. */
  settle(store: BenchStore, tables: readonly string[]): Promise<void>;
  /** Bytes of tables with their indexes. */
  sizeOf(store: BenchStore, tables: readonly string[]): Promise<number>;
}

const exec = (store: BenchStore, sql: string): Promise<void> =>
  store.engine.autocommit((session) => session.exec(sql));
const sum = async (store: BenchStore, sql: string): Promise<number> =>
  Number((await store.engine.read((session) => session.get({ sql }, [])))![0]);
const texts = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');
const database = (name: string): string => `bench_${name.replaceAll('-', '_')}`;

const sqlite: HistoryEngine = {
  name: 'sqlite',
  async make(name) {
    const path = scratchPath(`${name}.db`);
    removeDatabase(path);
    return `sqlite:${path}`;
  },
  remove: async (url) => removeDatabase(url.slice('sqlite:'.length)),
  settle: async () => {},
  sizeOf: async (store, tables) =>
    sum(
      store,
      `SELECT sum(pgsize) FROM dbstat WHERE name IN (SELECT name FROM sqlite_schema WHERE tbl_name IN (${texts(tables)}))`,
    ),
};

const postgres: HistoryEngine = {
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
  sizeOf: (store, tables) =>
    sum(
      store,
      `SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname IN (${texts(tables)})`,
    ),
};

const mysql: HistoryEngine = {
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
  sizeOf: (store, tables) =>
    sum(
      store,
      `SELECT sum(data_length + index_length) FROM information_schema.tables
        WHERE table_schema = database() AND table_name IN (${texts(tables)})`,
    ),
};

export const engines: readonly HistoryEngine[] = [sqlite, postgres, mysql];
