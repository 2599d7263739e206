// A load that is published before it is through: indexes on other connections, and what is left where one cannot be made.

import { describe, expect, onTestFinished, test } from 'vitest';
import { batchOf } from '../../archive/columns/batch-rows.ts';
import type { StoredRow } from '../../schema/codec.ts';
import { int, text } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';
import type { ActualTable, Engine } from '../engine.ts';
import { connectPostgres } from './connect.ts';
import { admin, refusal, scratchUrl, withoutServer } from './test-store.ts';

const large = table(
  'large',
  { id: int(), name: text(20), place: text(20) },
  { key: ['id'], indexes: [{ columns: ['place', 'id'] }, { columns: ['name'], unique: true }] },
);
const small = table('small', { id: int(), name: text(20).unique() }, { key: ['id'] });
const specs = [large.spec, small.spec];

const opened = async (url: string): Promise<Engine> => {
  const engine = await connectPostgres(url, { adopt: true });
  onTestFinished(() => engine.close());
  return engine;
};
const names = (count: number): StoredRow[] =>
  Array.from({ length: count }, (_, id) => [id, `thing ${id}`, `floor ${id % 7}`]);

const shapes = (tables: readonly ActualTable[]) =>
  tables
    .map(({ name, key, indexes }) => ({ name, key, indexes: indexes.map(({ definition }) => definition) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));

/** @returns whether it was published */
async function fill(engine: Engine, rows: readonly StoredRow[]): Promise<boolean> {
  const load = await engine.load(specs, { lossy: 'refuse' });
  await load.batch(large.spec, batchOf(large.spec.columns, rows));
  await load.rows(small.spec, [[1, 'one']]);
  const published = await load.publish();
  await load.finish();
  return published;
}

describe.skipIf(withoutServer)('PostgreSQL', () => {
  test.each([
    ['two connections and more', {}, true],
    ['a single connection', { pool_max: 1 }, false],
  ])('with %s tables get what they declare', async (_, settings, published) => {
    const engine = await opened(scratchUrl(settings));
    expect(await fill(engine, names(12_000))).toBe(published);
    expect(shapes(await engine.introspect())).toEqual(shapes(await engine.describe(specs)));
  });

  test('statistics are there for all that has rows', async () => {
    const url = scratchUrl();
    await fill(await opened(url), names(12_000));
    const found = await admin(
      'SELECT DISTINCT tablename FROM pg_stats WHERE schemaname = current_schema()',
      url,
    );
    expect(found.flat().toSorted()).toEqual(['large', 'small']);
  });

  test('an index that cannot be made ends the load, and none of it is left', async () => {
    const engine = await opened(scratchUrl());
    const twice = names(12_000).with(7, [7, 'thing 8', 'floor 1']);
    expect((await refusal(fill(engine, twice))).code).toBe('CONFLICT');
    expect(await engine.introspect()).toEqual([]);
    expect(await fill(engine, names(10))).toBe(true);
  });
});
