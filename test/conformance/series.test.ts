// Series of gauges: every sweep leaves a sample of what it saw, and compaction changes its place, never its value.

import { join } from 'node:path';
import { bigint, bool, instant, int, json, oneOf, presence, real, table, text } from '@holdfast/core';
import {
  appendSamples,
  compactSeries,
  readSeries,
  type SeriesQuery,
  seriesRetention,
} from '@holdfast/core/series';
import { applyObservation, type ObservedRow, uuid7 } from '@holdfast/core/sync';
import { addSource, removeSource, runs, samples, series, setSetting } from '@holdfast/core/system';
import { describe, expect, test } from 'vitest';
import { engines, scratchFolder, type TestEngine } from '../engines.ts';
import { domainOf } from './domain.ts';
import { refusal } from './refusal.ts';

const machines = table(
  'machines',
  {
    source: text(64),
    id: int(),
    name: text().default('-'),
    load: real().metric(),
    coarse: real().metric({ resolution: 0.01 }),
    traffic: bigint().metric(),
    busy: bool().metric(),
    seenAt: instant().metric(),
    extra: json().metric(),
    mood: oneOf('good', 'bad').metric(),
    ...presence,
  },
  { key: ['source', 'id'] },
);

const second = 1_000_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
/** Midnight. */
const start = 20_000 * day;
const key = { source: 'lab', id: 1 };

async function openLab(engine: TestEngine, url?: string) {
  const store = await engine.open({
    ...(url === undefined ? {} : { url }),
    domains: [domainOf(machines)],
    keyFile: join(scratchFolder(), 'key'),
  });
  if (url === undefined) await store.repository(runs).insert({ id: runId, startedAt: start });
  return {
    store,
    addSource: () =>
      addSource(store as never, { name: 'lab', domain: 'test', settings: {}, credentials: {} }),
    /** What a sweep of one scope sees at an instant. */
    async see(at: number, ...rows: ObservedRow[]) {
      const scope = `at ${at} ${rows.length} ${scopes++}`;
      const observation = {
        scope,
        batches: [{ table: machines, rows: rows.map((row) => ({ ...key, ...row })) }],
      };
      await applyObservation({ store: store as never, id: runId, at, signal: undefined }, 'lab', observation);
    },
    read: (query: Partial<SeriesQuery> = {}, of = key) =>
      readSeries(store as never, machines, of, { from: start, to: start + 400 * day, tier: 'raw', ...query }),
    compact: (at: number, retention = { raw: null, minute: null, hour: null, day: null } as Retention) =>
      compactSeries(store as never, { at, retention }),
  };
}
type Retention = typeof seriesRetention.default;
const runId = uuid7(start / 1000);
let scopes = 0;
const forEver = { raw: 1, minute: 3, hour: 40, day: null };

describe.each(engines)('$name', (engine) => {
  const lab = async () => {
    const made = await openLab(engine);
    await made.addSource();
    return made;
  };

  test('a sample is what was seen: unchanged, null and not observed are three things', async () => {
    const { see, read } = await lab();
    await see(start, { load: 0.1 + 0.2, traffic: 2n ** 62n, busy: true, seenAt: start - 1 });
    await see(start + minute, { load: 0.1 + 0.2, traffic: 2n ** 62n, busy: true, seenAt: start - 1 });
    await see(start + 3 * minute, { load: null, busy: false });
    await see(start + 4 * minute, { name: 'renamed' });
    await see(start + 5 * minute, { traffic: 5n, extra: { a: 1 } });
    expect(await read()).toEqual({
      tier: 'raw',
      bucket: 0,
      instants: [0, 1, 3, 5].map((minutes) => start + minutes * minute),
      metrics: {
        load: { values: [0.1 + 0.2, 0.1 + 0.2, null, undefined] },
        coarse: { values: [undefined, undefined, undefined, undefined] },
        traffic: { values: [2n ** 62n, 2n ** 62n, undefined, 5n] },
        busy: { values: [1, 1, 0, undefined] },
        seenAt: { values: [start - 1, start - 1, undefined, undefined] },
      },
    });
  });

  test('a declared resolution rounds the series, and nothing else', async () => {
    const { store, see, read } = await lab();
    await see(start, { coarse: 0.123456 });
    expect((await read({ metrics: ['coarse'] })).metrics).toEqual({ coarse: { values: [0.12] } });
    expect((await store.repository(machines).get(key))!.coarse).toBe(0.123456);
  });

  test('what is refused leaves no sample, the others do', async () => {
    const { see, read } = await lab();
    await see(start, { load: Number.NaN }, { id: 2, load: 2 });
    expect((await read()).instants).toEqual([]);
    expect((await read({}, { source: 'lab', id: 2 })).metrics['load']!.values).toEqual([2]);
  });

  test('two scopes of one instant that show a record make one sample', async () => {
    const { see, read, compact } = await lab();
    await see(start, { load: 1 });
    await see(start, { busy: true });
    const before = await read({ metrics: ['load', 'busy'] });
    expect(before.metrics).toEqual({ load: { values: [1] }, busy: { values: [1] } });
    await compact(start + 2 * day);
    expect(await read({ metrics: ['load', 'busy'] })).toEqual(before);
  });

  test('compaction changes the place of samples and not one of them', async () => {
    const { store, see, read, compact } = await lab();
    for (let poll = 0; poll < 130; poll++)
      await see(
        start + poll * 20 * minute,
        { load: Math.sin(poll), traffic: BigInt(poll) << 40n },
        { id: 2, load: poll },
      );
    const before = await read();
    expect(before.instants).toHaveLength(130);
    const some = { from: start + 7 * hour, to: start + 9 * hour, metrics: ['traffic'] };
    const part = await read(some);
    expect(part.instants).toHaveLength(6);

    // Before they are old enough, and too few; then everything of two days, the second not over yet.
    expect((await compact(start + 30 * minute)).polls).toBe(0);
    expect((await compact(start + 2 * hour)).polls).toBe(130);
    expect(await store.repository(samples).count()).toBe(0);
    expect(await read()).toEqual(before);
    expect(await compact(start + 3 * day)).toMatchObject({ polls: 0, folded: 0, removed: 0 });
    expect(await store.repository(series).count()).toBe(4);
    expect(await read()).toEqual(before);
    expect(await read(some)).toEqual(part);

    // A clock stepped back: samples of a day that was thought to be over.
    await see(start + 10 * minute, { load: 77 });
    await compact(start + 3 * day);
    expect(await store.repository(series).count()).toBe(4);
    const after = await read();
    expect(after.instants).toEqual([...before.instants, start + 10 * minute].sort((a, b) => a - b));
    expect(after.metrics['load']!.values.slice(0, 3)).toEqual([Math.sin(0), 77, Math.sin(1)]);
    expect(await compact(start + 3 * day)).toEqual({ polls: 0, merged: 0, folded: 0, removed: 0 });
  });

  test('buckets hold least, largest, mean, last and number, the same from every tier', async () => {
    const { see, read, compact } = await lab();
    // Every 20 seconds for two minutes of each of some hours, over two days; a counter that begins anew.
    const seen: { at: number; load: number | null; traffic: bigint }[] = [];
    for (let turn = 0; turn < 48; turn += 6)
      for (let step = 0; step < 6; step++)
        seen.push({
          at: start + turn * hour + step * 20 * second,
          load: step === 4 ? null : Math.cos(turn + step),
          traffic: BigInt((turn % 18) * 100 + step),
        });
    for (const { at, load, traffic } of seen) await see(at, { load, traffic, busy: true });
    const bucketsOf = (width: number) => {
      const starts = [...new Set(seen.map(({ at }) => Math.floor(at / width) * width))];
      const groups = starts.map((each) => seen.filter(({ at }) => Math.floor(at / width) * width === each));
      return { starts, groups };
    };
    const check = async (tier: 'minute' | 'hour' | 'day', width: number) => {
      const { starts, groups } = bucketsOf(width);
      const found = await read({ tier });
      expect(found).toMatchObject({ tier, bucket: width, instants: starts });
      const { load, traffic, busy, coarse } = found.metrics;
      const loads = groups.map((group) => group.flatMap(({ load: each }) => (each === null ? [] : [each])));
      expect(load!.count).toEqual(loads.map((each) => each.length));
      expect(load!.min).toEqual(loads.map((each) => Math.min(...each)));
      expect(load!.max).toEqual(loads.map((each) => Math.max(...each)));
      expect(load!.values).toEqual(loads.map((each) => each.at(-1)));
      for (const [index, each] of loads.entries())
        expect(load!.mean![index]).toBeCloseTo(each.reduce((a, b) => a + b, 0) / each.length, 12);
      const counters = groups.map((group) => group.map((each) => each.traffic));
      expect(traffic!.max).toEqual(counters.map((each) => each.reduce((a, b) => (a > b ? a : b))));
      expect(traffic!.values).toEqual(counters.map((each) => each.at(-1)));
      expect(busy!.mean).toEqual(starts.map(() => 1));
      expect(coarse!.values).toEqual(starts.map(() => undefined));
      expect(coarse!.count).toEqual(starts.map(() => 0));
    };
    const checkAll = async () => {
      await check('hour', hour);
      await check('day', day);
    };
    await check('minute', minute);
    await checkAll();
    await compact(start + 2 * day, forEver);
    await check('minute', minute);
    await checkAll();
    // The first day is in minutes now, then in hours, then in days.
    expect(await compact(start + 2 * day + hour, forEver)).toMatchObject({ folded: 0 });
    await compact(start + 3 * day + hour, forEver);
    expect((await read({ tier: 'raw' })).instants).toEqual([]);
    await check('minute', minute);
    await checkAll();
    await compact(start + 5 * day, forEver);
    expect((await read({ tier: 'minute' })).instants).toEqual([]);
    await checkAll();
    await compact(start + 80 * day, forEver);
    expect((await read({ tier: 'hour' })).instants).toEqual([]);
    await check('day', day);
    expect(await compact(start + 80 * day, forEver)).toEqual({ polls: 0, merged: 0, folded: 0, removed: 0 });
  });

  test('a sample that comes late is counted into the bucket it belongs to', async () => {
    const { see, read, compact } = await lab();
    await see(start + hour, { load: 1 });
    await see(start + hour + 10 * minute, { load: 5 });
    await compact(start + 10 * day, forEver);
    await see(start + hour + 5 * minute, { load: 3 });
    await compact(start + 10 * day, forEver);
    const { instants, metrics } = await read({ tier: 'hour', metrics: ['load'] });
    expect(instants).toEqual([start + hour]);
    expect(metrics['load']).toEqual({ values: [5], min: [1], max: [5], mean: [3], count: [3] });
  });

  test('the tier of an answer has all there is, in at most as many points as asked for', async () => {
    const { see, read, compact } = await lab();
    for (let poll = 0; poll < 30; poll++) await see(start + poll * 2 * minute, { load: poll });
    const tierOf = async (maxPoints?: number, from = start) =>
      (await read({ tier: 'auto', from, ...(maxPoints === undefined ? {} : { maxPoints }) })).tier;
    expect(await tierOf()).toBe('raw');
    expect(await tierOf(29)).toBe('hour');
    await compact(start + 3 * day, forEver);
    expect(await tierOf()).toBe('minute');
    await see(start + 3 * day, { load: 1 });
    expect(await tierOf()).toBe('minute');
    expect(await tierOf(undefined, start + 3 * day)).toBe('raw');
    expect((await read({ tier: 'auto' })).instants).toHaveLength(31);
  });

  test('the last tier goes when its time has come, by the setting', async () => {
    const { store, see, read } = await lab();
    await see(start, { load: 1 });
    const actor = { name: 'test', via: 'cli' };
    const days = { raw: 1, minute: 1, hour: 1, day: 30 };
    await setSetting(store as never, seriesRetention, days, actor as never);
    await compactSeries(store as never, { at: start + 25 * day });
    expect((await read({ tier: 'day' })).metrics['load']!.values).toEqual([1]);
    await compactSeries(store as never, { at: start + 300 * day });
    expect((await read({ tier: 'day' })).instants).toEqual([]);
    const wrong = setSetting(store as never, seriesRetention, { ...days, minute: 0 }, actor as never);
    expect((await refusal(wrong)).code).toBe('SETTING_INVALID');
  });

  test('outlives its record, and goes with its source', async () => {
    const { store, see, read, compact } = await lab();
    await see(start, { load: 1 });
    await compact(start + 2 * hour);
    await see(start + 2 * hour, { load: 2 });
    await store.repository(machines).delete(key);
    expect((await read()).metrics['load']!.values).toEqual([1, 2]);
    await removeSource(store as never, 'lab');
    expect((await read()).instants).toEqual([]);
    expect(await store.repository(series).count()).toBe(0);
    expect(await store.repository(samples).count()).toBe(0);
  });

  test('two compactions at once do the work once', async () => {
    const url = await engine.url();
    await (await openStoreWithRun(engine, url)).close();
    const [one, two] = [await openLab(engine, url), await openLab(engine, url)];
    await one.addSource();
    for (let poll = 0; poll < 40; poll++)
      await one.see(start + poll * hour, ...[1, 2, 3].map((id) => ({ id, load: poll * id })));
    const before = await one.read();
    await Promise.all([one, two, one].map(({ compact }) => compact(start + 3 * day, forEver)));
    await one.compact(start + 3 * day, forEver);
    const after = await two.read({ tier: 'minute', metrics: ['load'] });
    expect(after.instants).toEqual(before.instants);
    expect(after.metrics['load']!.values).toEqual(before.metrics['load']!.values);
    expect(after.metrics['load']!.count).toEqual(before.instants.map(() => 1));
  });

  test('many records lie in parts, and each is found', async () => {
    const { store, see, read, compact } = await lab();
    const all = Array.from({ length: 2_500 }, (_, id) => ({ id, load: id + 0.5 }));
    await see(start, ...all);
    await see(start + minute, ...all.slice(0, 10));
    // A thousand together, the others by their hash; the ten of the second poll together again.
    const { items } = await store.repository(samples).list({ limit: 1_000 });
    expect(new Set(items.map(({ part }) => part)).size).toBe(17);
    expect(items.reduce((sum, { records }) => sum + records, 0)).toBe(2_510);
    const loadsOf = async (id: number) => (await read({}, { source: 'lab', id })).metrics['load']!.values;
    expect(await loadsOf(7)).toEqual([7.5, 7.5]);
    expect(await loadsOf(2_499)).toEqual([2_499.5]);
    await compact(start + 2 * day);
    expect(await loadsOf(7)).toEqual([7.5, 7.5]);
    expect(await loadsOf(2_499)).toEqual([2_499.5]);
  });

  test("samples of one's own are added without a sweep, all or none", async () => {
    const { store, read } = await lab();
    const add = (...rows: Parameters<typeof appendSamples<typeof machines>>[4][number][]) =>
      appendSamples(store as never, store, machines, start, rows);
    await add({ ...key, load: 1.5 }, { ...key, id: 2, traffic: 3n });
    expect((await refusal(add({ ...key, load: 2 }, { ...key, id: 3, load: Number.NaN }))).code).toBe(
      'RECORD_INVALID',
    );
    const { metrics } = await read({ metrics: ['load', 'traffic'] });
    expect(metrics).toEqual({ load: { values: [1.5] }, traffic: { values: [undefined] } });
    expect(await store.repository(machines).count()).toBe(0);
  });

  test('what cannot be read is refused with what can', async () => {
    const { read } = await lab();
    const codeOf = async (query: Partial<SeriesQuery>) => (await refusal(read(query))).code;
    expect(await codeOf({ from: start, to: start })).toBe('QUERY_INVALID');
    expect(await codeOf({ from: 0.5 })).toBe('QUERY_INVALID');
    expect(await codeOf({ maxPoints: 0 })).toBe('QUERY_INVALID');
    for (const metric of ['extra', 'mood', 'name', 'nonsense'])
      expect(await refusal(read({ metrics: [metric] }))).toMatchObject({
        code: 'QUERY_INVALID',
        hint: 'There are series of load, coarse, traffic, busy, seenAt',
      });
    expect((await refusal(read({}, { source: 'lab', id: 'one' as never }))).code).toBe('RECORD_INVALID');
  });

  test('a chunk that is damaged is named as such', async () => {
    const { store, see, read, compact } = await lab();
    await see(start, { load: 1 });
    await compact(start + 2 * day);
    await store.repository(series).updateMany({}, { data: new Uint8Array([1, 2, 3]) });
    expect((await refusal(read())).code).toBe('DATA_UNSOUND');
  });
});

async function openStoreWithRun(engine: TestEngine, url: string) {
  const store = await engine.open({ url, domains: [domainOf(machines)] });
  await store.repository(runs).insert({ id: runId, startedAt: start });
  return store;
}
