// The engines that every behaviour test runs against. A database lives in a folder that goes with the test.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { type Domain, openStore, type StoreOptions } from '@holdfast/core';
import { onTestFinished } from 'vitest';

/** A store over the tables of `D`, as `openStore` gives it. */
export type StoreOf<D extends Domain> = Awaited<ReturnType<typeof openStore<D>>>;

export interface TestEngine {
  readonly name: string;
  /** A database that does not exist yet. @param busyTimeoutMs how long a writer waits for another process */
  url(busyTimeoutMs?: number): string;
  /** Opens a store, on a new database unless a URL is given, and closes it when the test ends. */
  open<D extends Domain = never>(options?: Partial<StoreOptions<D>>): Promise<StoreOf<D>>;
  /** Runs statements past Holdfast, on the bare driver: what another program or an operator would do. */
  exec(url: string, sql: string): void;
  /** Answers a query past Holdfast; rows are arrays, integers bigints. */
  query(url: string, sql: string, ...params: SQLInputValue[]): unknown[][];
}

/** A folder that goes when the test ends. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const pathOf = (url: string): string => url.replace(/^sqlite:/, '').replace(/\?.*$/, '');

function direct<R>(url: string, work: (db: DatabaseSync) => R): R {
  const db = new DatabaseSync(pathOf(url), { timeout: 5_000 });
  try {
    return work(db);
  } finally {
    db.close();
  }
}

const sqlite: TestEngine = {
  name: 'sqlite',
  url: (busyTimeoutMs = 5_000) => `sqlite:${join(scratchFolder(), 'test.db')}?busy_timeout=${busyTimeoutMs}`,
  async open<D extends Domain = never>(options: Partial<StoreOptions<D>> = {}) {
    const store = await openStore<D>({ url: this.url(), ...options } as StoreOptions<D>);
    onTestFinished(() => store.close());
    return store;
  },
  exec: (url, sql) => direct(url, (db) => db.exec(sql)),
  query: (url, sql, ...params) =>
    direct(url, (db) => {
      const statement = db.prepare(sql);
      statement.setReturnArrays(true);
      statement.setReadBigInts(true);
      return statement.all(...params) as unknown as unknown[][];
    }),
};

export const engines: readonly TestEngine[] = [sqlite];
