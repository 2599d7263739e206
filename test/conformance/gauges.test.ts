// Gauges live beside the record: read with it, filtered and sorted like its columns, and never touching its row.

import { bigint, bool, int, real, table, text, timestamps } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { engines, type TestEngine } from '../engines.ts';
import { domainOf } from './domain.ts';
import { refusal } from './refusal.ts';

const machines = table(
  'machines',
  {
    source: text(20),
    id: int(),
    name: text().default('-'),
    load: real().metric(),
    traffic: bigint().metric(),
    busy: bool().metric(),
    ...timestamps,
  },
  { key: ['source', 'id'] },
);
const open = async (engine: TestEngine) =>
  (await engine.open({ domains: [domainOf(machines)] })).repository(machines);
const key = (id: number) => ({ source: 'a', id });

describe.each(engines)('$name', (engine) => {
  test('are null until they are first given', async () => {
    const repository = await open(engine);
    await repository.insert(key(1));
    expect(await repository.get(key(1))).toMatchObject({
      load: null,
      traffic: null,
      busy: null,
      metricsAt: null,
    });
    expect(await repository.count({ load: null })).toBe(1);
    expect(await repository.count({ metricsAt: { isNull: true } })).toBe(1);
  });

  test('come in with insert, upsert, update and the batches, with the instant they were read', async () => {
    const repository = await open(engine);
    await repository.insert({ ...key(1), load: 0.5, traffic: 2n ** 60n, busy: true, metricsAt: 77 });
    expect(await repository.get(key(1))).toMatchObject({
      load: 0.5,
      traffic: 2n ** 60n,
      busy: true,
      metricsAt: 77,
    });
    await repository.upsert({ ...key(1), load: 0.6 });
    const upserted = await repository.get(key(1));
    expect(upserted).toMatchObject({ load: 0.6, traffic: 2n ** 60n, busy: true });
    expect(upserted!.metricsAt).toBeGreaterThan(77);
    await repository.update(key(1), { busy: false, metricsAt: 78 });
    expect(await repository.get(key(1))).toMatchObject({ load: 0.6, busy: false, metricsAt: 78 });
    await repository.insertMany([{ ...key(2), load: 2 }, key(3), { ...key(4), traffic: 4n, metricsAt: 5 }]);
    await repository.upsertMany([{ ...key(2), busy: true }, { ...key(3), load: 3 }, key(4)]);
    const { items } = await repository.list({ where: { id: { gt: 1 } } });
    expect(items.map(({ id, load, traffic, busy }) => [id, load, traffic, busy])).toEqual([
      [2, 2, null, true],
      [3, 3, null, null],
      [4, null, 4n, null],
    ]);
  });

  test('do not touch the row of the record when only they change', async () => {
    const repository = await open(engine);
    await repository.insert({ ...key(1), name: 'one', createdAt: 1, updatedAt: 1 });
    expect(await repository.update(key(1), { load: 0.9 })).toBe(true);
    expect(await repository.get(key(1))).toMatchObject({ load: 0.9, name: 'one', updatedAt: 1 });
    await repository.update(key(1), { load: 1, name: 'two' });
    const found = await repository.get(key(1));
    expect(found).toMatchObject({ load: 1, name: 'two' });
    expect(found!.updatedAt).toBeGreaterThan(1);
  });

  test('of a record that is not there are not stored', async () => {
    const url = await engine.url();
    const store = await engine.open({ url, domains: [domainOf(machines)] });
    expect(await store.repository(machines).update(key(9), { load: 1 })).toBe(false);
    expect(await store.repository(machines).update(key(9), { load: 1, name: 'x' })).toBe(false);
    expect(await engine.query(url, 'SELECT count(*) FROM machines_latest')).toEqual([[0n]]);
  });

  test('go with the record', async () => {
    const url = await engine.url();
    const store = await engine.open({ url, domains: [domainOf(machines)] });
    const repository = store.repository(machines);
    await repository.insertMany([
      { ...key(1), load: 1 },
      { ...key(2), load: 2 },
    ]);
    await repository.delete(key(1));
    expect(await engine.query(url, 'SELECT id FROM machines_latest')).toEqual([[2n]]);
    await repository.insert(key(1));
    expect(await repository.get(key(1))).toMatchObject({ load: null });
  });

  test('filter and sort, also what is updated and deleted', async () => {
    const repository = await open(engine);
    const loads = [0.5, null, 0.1, 0.9, null, 0.5];
    await repository.insertMany(
      loads.map((load, id) => ({ ...key(id), ...(load === null ? {} : { load }) })),
    );
    const ids = async (options: object) => (await repository.list(options)).items.map(({ id }) => id);
    expect(await ids({ orderBy: [['load', 'desc']] })).toEqual([3, 5, 0, 2, 4, 1]);
    expect(await ids({ where: { load: { gte: 0.5 } } })).toEqual([0, 3, 5]);
    expect(await ids({ where: { load: { ne: 0.5 } } })).toEqual([1, 2, 3, 4]);
    expect(await repository.count({ load: null })).toBe(2);
    expect(await repository.updateMany({ load: 0.5 }, { name: 'half' })).toBe(2);
    expect(await repository.count({ name: 'half' })).toBe(2);
    expect(await repository.deleteMany({ load: { isNull: true } })).toBe(2);
    expect(await repository.deleteMany({ load: { lt: 0.5 }, name: '-' })).toBe(1);
    expect(await ids({})).toEqual([0, 3, 5]);
  });

  test('are set by key only', async () => {
    const repository = await open(engine);
    const error = await refusal(repository.updateMany({}, { load: 1 }));
    expect(error).toMatchObject({ code: 'QUERY_INVALID', message: expect.stringContaining('by key') });
  });

  test('a bad gauge stores neither itself nor the record', async () => {
    const repository = await open(engine);
    expect((await refusal(repository.insert({ ...key(1), load: Number.NaN }))).code).toBe('RECORD_INVALID');
    expect(await repository.count()).toBe(0);
    await repository.insert({ ...key(1), name: 'one' });
    const patch = { name: 'two', traffic: 2n ** 64n };
    expect((await refusal(repository.update(key(1), patch))).code).toBe('RECORD_INVALID');
    expect(await repository.get(key(1))).toMatchObject({ name: 'one', traffic: null });
  });
});
