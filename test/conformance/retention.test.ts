// What of the past is kept: creations and what was valid at the horizon always; and the past as a table of snapshots.

import { int, now, type Store, table, text } from '@holdfast/core';
import {
  changeStatistics,
  compareWithLatest,
  gapsOf,
  historyDays,
  historyDetailDays,
  latestSnapshot,
  listAsOf,
  listHistory,
  listSnapshots,
  previewHistoryPrune,
  pruneHistory,
} from '@holdfast/core/history';
import { clearSetting, journal, setSetting, trackedTables } from '@holdfast/core/system';
import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { domainOf } from './domain.ts';

const things = table('things', { id: int(), name: text(64) }, { key: ['id'], history: 'versions' });
const domain = { ...domainOf(things), resources: [{ name: 'test.thing', table: things, summary: ['name'] }] };
const { resources } = domain;
const day = 86_400_000_000;
const pause = () => new Promise((resolve) => setTimeout(resolve, 3));

/** Statements that make the history of things older. */
const shifted: Readonly<
  Record<string, (by: number) => { readonly sql: readonly string[]; readonly start: number }>
> = {
  sqlite: (by) => both((column) => `${column} = ${column} - ${by}`, by),
  mysql: (by) => both((column) => `${column} = ${column} - ${by}`, by),
  postgres: (by) => both((column) => `${column} = ${column} - interval '${by} microseconds'`, by),
};
const both = (set: (column: string) => string, by: number) => ({
  sql: [
    `UPDATE things_history SET ${set('journal_at')}`,
    `UPDATE holdfast_tracked_tables SET ${set('since')} WHERE table_name = 'things'`,
    `UPDATE holdfast_journal SET ${set('at')}, ${set('started_at')}`,
  ],
  start: now() - by,
});

describe.each(engines)('$name', (engine) => {
  const opened = async (): Promise<Store> => (await engine.open({ domains: [domain] })) as unknown as Store;

  test('nothing is dropped unless a setting says so', async () => {
    const store = await opened();
    await store.repository(things).insert({ id: 1, name: 'one' });
    await store.repository(things).update({ id: 1 }, { name: 'two' });
    expect(await pruneHistory(store, now() + 10_000 * day)).toMatchObject({ changes: 0, transactions: 0 });
  });

  test('before the horizon only creations stay; at it and after it nothing is lost', async () => {
    const store = await opened();
    const repository = store.repository(things);
    await repository.insertMany([1, 2, 3].map((id) => ({ id, name: `n${id}` })));
    await repository.update({ id: 1 }, { name: 'a' });
    await repository.update({ id: 1 }, { name: 'b' });
    await repository.delete({ id: 2 });
    await pause();
    const horizon = now();
    await pause();
    await repository.update({ id: 1 }, { name: 'c' });
    await repository.update({ id: 3 }, { name: 'd' });
    const atHorizon = await listAsOf(store, things, horizon);
    await setSetting(store, historyDays, 1, { name: 'ann', via: 'cli' });
    expect(await previewHistoryPrune(store, horizon + day)).toEqual({ changes: 3, compacted: 0, runs: 0 });
    const pruned = await pruneHistory(store, horizon + day);
    expect(pruned.changes).toBe(3);
    // The insert's transaction stands behind creations; the three others are behind nothing.
    expect(pruned.transactions).toBe(3);
    expect(await listAsOf(store, things, horizon)).toEqual(atHorizon);
    await expect(listAsOf(store, things, horizon - 1)).rejects.toMatchObject({ code: 'MOMENT_INVALID' });
    const { items } = await listHistory(store, { resources });
    expect(items.map(({ id, change }) => [id, change])).toEqual([
      ['3', 'updated'],
      ['1', 'updated'],
      ...items.slice(2).map(({ id }) => [id, 'created']),
    ]);
    expect(items.slice(2).map(({ id }) => id)).toEqual(expect.arrayContaining(['1', '3']));
    expect((await store.repository(trackedTables).get({ tableName: 'things' }))?.since).toBe(horizon);
    expect(await store.repository(journal).count()).toBeGreaterThanOrEqual(3);
  });

  test('old changes of one day become one: exact as the day begins and as it ends, and said so', async () => {
    const url = await engine.url();
    const store = (await engine.open({ url, domains: [domain] })) as unknown as Store;
    const repository = store.repository(things);
    await repository.insert({ id: 1, name: 'made' });
    for (const name of ['a', 'b', 'c']) await repository.update({ id: 1 }, { name });
    // As if it had been a while ago.
    const back = 10 * day;
    const { sql, start } = shifted[engine.name]!(back);
    for (const each of sql) await engine.exec(url, each);
    const midnight = Math.floor(start / day) * day;
    await repository.update({ id: 1 }, { name: 'now' });
    await setSetting(store, historyDetailDays, 2, { name: 'ann', via: 'cli' });
    expect(await previewHistoryPrune(store)).toEqual({ changes: 0, compacted: 3, runs: 0 });
    // What is dropped altogether is not made fewer: once both are asked for, nothing counts twice.
    await setSetting(store, historyDays, 5, { name: 'ann', via: 'cli' });
    expect(await previewHistoryPrune(store)).toEqual({ changes: 3, compacted: 0, runs: 0 });
    await clearSetting(store, historyDays, { name: 'ann', via: 'cli' });
    expect(await pruneHistory(store)).toMatchObject({ changes: 0, compacted: 3 });
    expect(await previewHistoryPrune(store)).toEqual({ changes: 0, compacted: 0, runs: 0 });
    expect(await pruneHistory(store)).toMatchObject({ compacted: 0 });
    expect((await listAsOf(store, things, midnight + day)).items).toMatchObject([{ id: 1, name: 'c' }]);
    expect((await listAsOf(store, things, now())).items).toMatchObject([{ id: 1, name: 'now' }]);
    const { items } = await listHistory(store, { resources });
    expect(items.map(({ change }) => change)).toEqual(['updated', 'created']);
    expect(await gapsOf(store, resources, midnight, now())).toMatchObject([
      { table: 'things', cause: 'COMPACTED' },
    ]);
    expect(await gapsOf(store, resources, now() - 1_000, now())).toEqual([]);
  });

  test('the history as snapshots: by record, type and time, latest, compared, counted', async () => {
    const store = await opened();
    const repository = store.repository(things);
    await repository.insert({ id: 1, name: 'one' });
    await repository.insert({ id: 2, name: 'two' });
    await pause();
    const from = now();
    await pause();
    await repository.update({ id: 1 }, { name: 'eins' });
    await repository.delete({ id: 2 });
    const key = { id: 1 };
    const all = await listSnapshots(store, { resources, type: 'thing' });
    expect(all.items).toMatchObject([
      { resourceType: 'thing', resourceId: '2', changeType: 'deleted', resourceData: { id: 2, name: 'two' } },
      { resourceId: '1', changeType: 'updated', resourceData: { id: 1, name: 'eins' } },
      { resourceId: '2', changeType: 'created' },
      { resourceId: '1', changeType: 'created', resourceData: { id: 1, name: 'one' } },
    ]);
    expect(new Set(all.items.map(({ id }) => id)).size).toBe(4);
    expect((await listSnapshots(store, { resources, from })).items).toHaveLength(2);
    expect((await listSnapshots(store, { resources, to: from })).items).toHaveLength(2);
    expect((await listSnapshots(store, { resources, changeType: 'deleted' })).items).toHaveLength(1);
    expect((await listSnapshots(store, { resources, key })).items).toHaveLength(2);
    expect(await latestSnapshot(store, { resources, key })).toMatchObject({ changeType: 'updated' });
    expect(await compareWithLatest(store, { resources, key }, { name: 'uno' })).toEqual([
      { path: 'name', before: 'eins', after: 'uno' },
    ]);
    expect(await compareWithLatest(store, { resources, key }, { id: 1, name: 'eins' })).toEqual([]);
    expect(await changeStatistics(store, { resources })).toEqual({
      thing: { created: 2, updated: 1, deleted: 1, discovered: 0 },
    });
  });
});
