// SQLite under test: every database is a file in a folder that goes with the test.

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { scratchFolder, testEngine } from './engine.ts';

const pathOf = (url: string): string => url.replace(/^sqlite:/, '').replace(/\?.*$/, '');

function direct<R>(url: string, work: (db: DatabaseSync) => R): R {
  const db = new DatabaseSync(pathOf(url), { timeout: 5_000 });
  try {
    return work(db);
  } finally {
    db.close();
  }
}

export const sqlite = testEngine({
  name: 'sqlite',
  url: async (busyTimeoutMs = 5_000) =>
    `sqlite:${join(scratchFolder(), 'test.db')}?busy_timeout=${busyTimeoutMs}`,
  exec: async (url, sql) => direct(url, (db) => db.exec(sql)),
  query: async (url, sql, ...params) =>
    direct(url, (db) => {
      const statement = db.prepare(sql);
      statement.setReturnArrays(true);
      statement.setReadBigInts(true);
      return statement.all(...params) as unknown as unknown[][];
    }),
});
