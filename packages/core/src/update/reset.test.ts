// A reset leaves the declared tables empty and as declared, and everything else as it was.

import { expect, test } from 'vitest';
import { bare, open, refusal, scratchPath } from '../engine/sqlite/test-store.ts';
import { int, real } from '../schema/column.ts';
import { table } from '../schema/table.ts';
import { addSource } from '../system/sources.ts';
import { resetStore } from './reset.ts';

const parents = table('parents', { id: int(), load: real().metric() }, { key: ['id'] });
const children = table('children', { id: int(), parent: int().references(parents, 'id') }, { key: ['id'] });
const tables = [parents, children];

async function filled() {
  const path = scratchPath();
  const store = await open(path, { tables, keyFile: `${path}.key` });
  await addSource(store, { name: 'lab', domain: 'test', settings: {}, credentials: {} });
  await store.repository(parents).insert({ id: 1, load: 1 });
  await store.repository(children).insert({ id: 1, parent: 1 });
  return { path, store };
}

test('all records go, other tables stay, the store goes on', async () => {
  const { path, store } = await filled();
  const db = bare(path);
  db.exec(
    'CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1); DROP TABLE children; ALTER TABLE parents ADD COLUMN x TEXT',
  );
  await resetStore(store);
  expect((await store.stats()).tables.filter(({ rows }) => rows > 0)).toEqual([
    { table: 'holdfast_migrations', rows: 4 },
    { table: 'holdfast_tracked_tables', rows: expect.any(Number) },
  ]);
  expect(await store.doctor()).toEqual([]);
  expect(db.prepare('SELECT a FROM theirs').get()).toMatchObject({ a: 1 });
  await store.repository(parents).insert({ id: 1, load: 2 });
  await store.repository(children).insert({ id: 1, parent: 1 });
});

test('while another program’s table refers to ours, nothing is dropped', async () => {
  const { path, store } = await filled();
  const db = bare(path);
  db.exec('CREATE TABLE theirs (parent REFERENCES parents (id)); INSERT INTO theirs VALUES (1)');
  expect((await refusal(resetStore(store))).code).toMatch(/^REFERENCE/);
  expect(await store.repository(parents).get({ id: 1 })).toMatchObject({ load: 1 });
  expect(await store.repository(children).count()).toBe(1);
});
