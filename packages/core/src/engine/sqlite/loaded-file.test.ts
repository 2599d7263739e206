// What reads beside a load has seen the schema once: the half of it that a commit has written is nothing to it.

import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import type { StoredRow } from '../../schema/codec.ts';
import { int, text } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';
import type { Loaded } from '../open-loaded.ts';
import { readRaw } from '../test-raw-rows.ts';
import { connectSqlite } from './connect.ts';
import { openLoadedFile } from './loaded-file.ts';
import { scratchPath } from './test-store.ts';

/** Read from its pages. */
const pages = table('pages', { id: int(), body: text() }, { key: ['id'] }).spec;
/** Kept without row ids, so it is read by SQL. */
const sorted = table('sorted_latest', { a: int(), b: int(), body: text() }, { key: ['a', 'b'] }).spec;
/** With so many, the schema takes pages of its own among those of the tables. */
const others = Array.from(
  { length: 60 },
  (_, at) => table(`other_${at}`, { id: int(), body: text() }, { key: ['id'] }).spec,
);
const pageSize = 4096;

/** All but the header of the file. */
function schemaPages(path: string): { readonly from: number; readonly size: number }[] {
  const db = new DatabaseSync(`file:${path}?immutable=1`, { readOnly: true });
  const roots = db
    .prepare('SELECT rootpage FROM sqlite_schema')
    .all()
    .map(({ rootpage }) => Number(rootpage));
  db.close();
  const own = Array.from({ length: Math.max(...roots) }, (_, at) => at + 1).filter(
    (page) => !roots.includes(page),
  );
  return own.map((page) =>
    page === 1 ? { from: 100, size: pageSize - 100 } : { from: (page - 1) * pageSize, size: pageSize },
  );
}

async function allOf({ rows }: Loaded): Promise<StoredRow[]> {
  const found: StoredRow[] = [];
  for await (const some of rows(sorted)) found.push(...some.map((row) => [...row]));
  return found;
}

test('the schema is read when the file is opened, and not again', async () => {
  const path = scratchPath();
  const engine = await connectSqlite(`sqlite:${path}`, { adopt: true });
  onTestFinished(() => engine.close());
  const load = await engine.load([...others, pages, sorted], { lossy: 'refuse' });
  const file = openSync(path, 'r+');
  onTestFinished(() => closeSync(file));
  // More than a reader keeps in memory.
  const rows = (): StoredRow[] => Array.from({ length: 3_000 }, (_, at) => [7, at, `${at} `.repeat(200)]);
  await load.rows(pages, [[1, 'one']]);
  await load.rows(sorted, rows());
  await load.publish();

  const loaded = await openLoadedFile(`sqlite:${path}`, new AbortController().signal);
  const schema = schemaPages(path);
  expect(schema.length).toBeGreaterThan(2);
  const before = schema.map(({ from, size }) => {
    const bytes = Buffer.alloc(size);
    readSync(file, bytes, 0, size, from);
    writeSync(file, randomFillSync(Buffer.alloc(size)), 0, size, from);
    return { from, bytes };
  });
  for (let time = 0; time < 2; time++) {
    expect(await allOf(loaded)).toEqual(rows());
    expect((await readRaw(loaded, pages))!.rows).toEqual([[1, 'one']]);
  }
  await loaded.close();
  for (const { from, bytes } of before) writeSync(file, bytes, 0, bytes.length, from);
  await load.finish();
  expect(await engine.check()).toEqual([]);
});
