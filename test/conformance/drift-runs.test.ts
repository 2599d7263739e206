// Drift runs: what differs and by how much it matters, over time, with what people said of it; and of what nobody knows.

import { now, type Resource, type Store } from '@holdfast/core';
import {
  acknowledgeDrift,
  type DriftHook,
  type DriftResult,
  type DriftRunOptions,
  driftDays,
  ignoreDrift,
  previewDriftPrune,
  pruneDrift,
  removeDriftRule,
  runDrift,
  setDesired,
  unacknowledgeDrift,
} from '@holdfast/core/drift';
import { uuid7 } from '@holdfast/core/sync';
import {
  addSource,
  clearSetting,
  driftItems,
  driftRules,
  driftRuns,
  removeSource,
  runScopes,
  runs,
  setSetting,
} from '@holdfast/core/system';
import { beforeEach, describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { home, lamp, lamps, stripConfigs, strips } from './fixtures/lamps.ts';

const by = 'ann';
const strip: Resource = {
  name: 'home.strip',
  table: strips,
  summary: ['id'],
  drift: {
    leaveOut: ['wanted'],
    joined: { config: stripConfigs },
    adds: {
      properties: ['config'],
      read(_, { config }) {
        const { config: sent, key } = config ?? {};
        return { config: sent == null ? undefined : { ...(sent as object), password: key } };
      },
    },
    desired: ({ wanted, wantedKey }) =>
      wanted === null
        ? undefined
        : { config: { ...(wanted as object), ...(wantedKey === null ? {} : { password: wantedKey }) } },
  },
};

describe.each(engines)('$name', (engine) => {
  let store: Store;
  const run = (more: Partial<DriftRunOptions> = {}): Promise<DriftResult> =>
    runDrift(store, { resources: [lamp], by, ...more });
  const items = async (): Promise<Record<string, unknown>[]> =>
    (await store.repository(driftItems).list({ orderBy: [['firstSeen'], ['recordId']], limit: 10_000 }))
      .items;
  const want = (id: number, properties: Record<string, unknown>) =>
    setDesired(store, lamp, `hall/${id}`, { properties, by });

  beforeEach(async () => {
    const keyFile = `${process.env['TMPDIR'] ?? '/tmp'}/holdfast-drift-${process.pid}.key`;
    store = (await engine.open({ domains: [home(lamp, strip)], keyFile })) as unknown as Store;
    await addSource(store, { name: 'hall', domain: 'test', settings: {}, credentials: {} });
    for (const id of [1, 2, 3])
      await store.repository(lamps).insert({ source: 'hall', id, name: `L${id}`, watts: 7 });
  });

  test('old runs and resolved differences are dropped; the newest run, and what is still open, stay', async () => {
    const day = 86_400_000_000;
    const at = now() - 100 * day;
    for (const id of [1, 2]) await want(id, { watts: 9 });
    const first = await run({ at });
    // One is as wanted later, the other never looked at again.
    await store.repository(lamps).update({ source: 'hall', id: 1, incarnation: 1 }, { watts: 9 });
    const second = await run({ at: at + day, recordId: 'hall/1' });
    const third = await run({ at: at + 2 * day, recordId: 'hall/1' });
    const left = async () =>
      (await store.repository(driftRuns).list({ orderBy: [['startedAt']] })).items.map(({ id }) => id);
    const states = async () => (await items()).map(({ recordId, state }) => [recordId, state]);
    const ids = [first, second, third].map(({ run: { id } }) => id);
    expect(await states()).toEqual([
      ['hall/1', 'resolved'],
      ['hall/2', 'open'],
    ]);
    await setSetting(store, driftDays, 120, { name: by, via: 'test' });
    expect(await previewDriftPrune(store)).toEqual({ driftRuns: 0, differences: 0 });
    expect(await pruneDrift(store)).toEqual({ driftRuns: 0, differences: 0 });
    await clearSetting(store, driftDays, { name: by, via: 'test' });
    expect(await previewDriftPrune(store)).toEqual({ driftRuns: 1, differences: 1 });
    expect(await pruneDrift(store)).toEqual({ driftRuns: 1, differences: 1 });
    expect(await left()).toEqual([ids[0], ids[2]]);
    expect(await states()).toEqual([['hall/2', 'open']]);
    expect(await previewDriftPrune(store)).toEqual({ driftRuns: 0, differences: 0 });
    expect(await pruneDrift(store)).toEqual({ driftRuns: 0, differences: 0 });
    // Once it is resolved and a newer run has looked at everything, the first has no use any more.
    await store.repository(lamps).update({ source: 'hall', id: 2, incarnation: 1 }, { watts: 9 });
    const last = await run();
    expect(await previewDriftPrune(store)).toEqual({ driftRuns: 1, differences: 0 });
    expect(await pruneDrift(store)).toEqual({ driftRuns: 1, differences: 0 });
    expect(await left()).toEqual([ids[2], last.run.id]);
    expect(await states()).toEqual([['hall/2', 'resolved']]);
  });

  test('differences are found, weighed and told, and nothing is drift that is only spelled differently', async () => {
    await store.repository(lamps).update(
      { source: 'hall', id: 2, incarnation: 1 },
      {
        ...{ tags: ['b', 'a'], config: { fade: 0, a: { b: '5' } } },
      },
    );
    await want(1, { watts: 5 });
    await want(2, { tags: ['a', 'b', 'a'], on: true, config: { a: { b: 5, c: null }, fade: null } });
    const { run: ran, report } = await run();
    expect(report).toMatchObject({
      ...{ checked: 2, inSync: 1, drifted: 1, unmanaged: 1, critical: 1, health: 80, risk: 'critical' },
      mostCommon: [{ path: 'watts', type: 'modified', records: 1, share: 1 }],
      records: [{ resource: 'home.lamp', id: 'hall/1', severity: 'critical', critical: 1 }],
    });
    expect(await items()).toMatchObject([
      {
        ...{ resource: 'home.lamp', recordId: 'hall/1', source: 'hall', path: 'watts', state: 'open' },
        ...{ type: 'modified', expected: 5, actual: 7, category: 'device', severity: 'critical' },
        ...{ occurrences: 1, firstSeen: ran.startedAt, lastSeen: ran.startedAt, runId: ran.id },
      },
    ]);
    expect(await store.repository(driftRuns).get({ id: ran.id })).toMatchObject({
      ...{
        state: 'done',
        resource: 'home.lamp',
        startedBy: 'ann',
        checked: 2,
        inSync: 1,
        drifted: 1,
        critical: 1,
      },
      report: { health: 80, risk: 'critical' },
    });
  });

  test('a difference is followed from first to last, resolved by itself, and begins anew', async () => {
    const key = { source: 'hall', id: 1, incarnation: 1 };
    await want(1, { watts: 5 });
    await run({ at: 1_000 });
    await store.repository(lamps).update(key, { watts: 9 });
    await run({ at: 2_000 });
    await store.repository(lamps).update(key, { watts: 5 });
    await run({ at: 3_000 });
    await store.repository(lamps).update(key, { watts: 8 });
    await run({ at: 4_000 });
    expect(await items()).toMatchObject([
      { state: 'resolved', firstSeen: 1_000, lastSeen: 2_000, resolvedAt: 3_000, occurrences: 2, actual: 9 },
      { state: 'open', firstSeen: 4_000, resolvedAt: null, occurrences: 1, actual: 8 },
    ]);
  });

  test('an acknowledged difference does not count until its value changes', async () => {
    const key = { source: 'hall', id: 1, incarnation: 1 };
    await want(1, { watts: 5 });
    await run();
    await acknowledgeDrift(store, lamp, 'hall/1', 'watts', { by, reason: 'being repaired' });
    expect((await run()).report).toMatchObject({ drifted: 0, acknowledged: 1, critical: 0, health: 100 });
    expect(await items()).toMatchObject([{ state: 'acknowledged', occurrences: 2 }]);
    await store.repository(lamps).update(key, { watts: 9 });
    expect((await run()).report).toMatchObject({ drifted: 1, acknowledged: 0, critical: 1 });
    expect(await store.repository(driftRules).count()).toBe(0);
    await store.repository(lamps).update(key, { watts: 7 });
    expect((await run()).report).toMatchObject({ drifted: 1, acknowledged: 0 });
  });

  test('an acknowledgement can be taken back, runs out, and names one open difference', async () => {
    await want(1, { watts: 5, name: 'Desk' });
    await run({ at: 1_000 });
    await acknowledgeDrift(store, lamp, 'hall/1', 'watts', { by, expiresAt: 5_000 });
    expect((await run({ at: 4_999 })).report).toMatchObject({ drifted: 1, critical: 0, info: 1 });
    expect((await run({ at: 5_000 })).report).toMatchObject({ drifted: 1, critical: 1, info: 1 });
    await acknowledgeDrift(store, lamp, 'hall/1', 'name', { by });
    expect(await unacknowledgeDrift(store, lamp, 'hall/1', 'name')).toBe(true);
    expect(await unacknowledgeDrift(store, lamp, 'hall/1', 'name')).toBe(false);
    expect((await items()).map(({ state }) => state)).toEqual(['open', 'open']);
    await expect(acknowledgeDrift(store, lamp, 'hall/1', 'tags', { by })).rejects.toMatchObject({
      code: 'DRIFT_NOT_FOUND',
      hint: expect.stringMatching(/watts, name|name, watts/),
    });
  });

  test('what is ignored is not compared: for one record, for many, for a time', async () => {
    for (const id of [1, 2, 3]) await want(id, { watts: 5 });
    const all = { resource: 'home.*', path: 'w*', by };
    const { id } = await ignoreDrift(store, { ...all, recordId: 'hall/1' });
    expect((await run()).report).toMatchObject({ inSync: 1, drifted: 2 });
    await ignoreDrift(store, { ...all, expiresAt: 5_000 });
    expect((await run({ at: 4_000 })).report).toMatchObject({ inSync: 3 });
    expect((await run({ at: 6_000 })).report).toMatchObject({ inSync: 1, drifted: 2 });
    await removeDriftRule(store, id);
    expect((await run()).report).toMatchObject({ drifted: 3 });
    await expect(removeDriftRule(store, 'x')).rejects.toMatchObject({ code: 'DRIFT_NOT_FOUND' });
    await setDesired(store, lamp, 'hall/1', { properties: { watts: 5 }, ignore: ['watts'], by });
    expect((await run({ recordId: 'hall/1' })).report).toMatchObject({ checked: 1, inSync: 1 });
  });

  test('of what is absent, gone or not confirmed lately nobody can tell: it is unknown, and stays as it was', async () => {
    for (const id of [1, 2, 3]) await want(id, { watts: 5 });
    await run();
    await store.repository(lamps).updateMany({ id: 1 }, { absentSince: 5 });
    await store.repository(lamps).deleteMany({ id: 2 });
    const { report } = await run();
    expect(report).toMatchObject({
      ...{ checked: 3, inSync: 0, drifted: 1, unknown: 2, critical: 1 },
      reasons: { absent: 1, 'there is no such record': 1 },
    });
    expect((await items()).map(({ state, occurrences }) => [state, occurrences])).toEqual([
      ...[
        ['open', 1],
        ['open', 1],
        ['open', 2],
      ],
    ]);
    expect((await run({ recordId: 'hall/2' })).report).toMatchObject({ unknown: 1 });
    expect((await run({ maxAgeMs: 1_000 })).report).toMatchObject({
      unknown: 3,
      reasons: { 'not confirmed lately': 1 },
    });
    await expect(run({ recordId: 'hall/8' })).rejects.toMatchObject({ code: 'RECORD_NOT_FOUND' });
  });

  test('a run tells when what it compared was last confirmed', async () => {
    await want(1, { watts: 5 });
    const id = uuid7(1_000);
    await store.repository(runs).insert({ id, startedAt: 1_000_000, outcome: 'complete' });
    await store.repository(runScopes).insert({
      ...{ runId: id, source: 'hall', scope: 'room/hall', complete: true },
      ...{ created: 0, changed: 0, deleted: 0, unchanged: 0 },
    });
    expect((await run({ maxAgeMs: 1, at: 1_001_000 })).report).toMatchObject({
      ...{ unknown: 0, drifted: 1 },
      confirmed: { oldest: 1_000_000, newest: 1_000_000, never: 0 },
    });
    expect((await run({ maxAgeMs: 1, at: 1_001_001 })).report).toMatchObject({ unknown: 1 });
  });

  test('what a record says of itself is compared with the record beside it; secrets without being shown', async () => {
    const rows = [1, 2, 3, 4].map((id) => ({
      source: 'hall',
      id,
      wanted: { fade: 1 },
      wantedKey: id === 3 ? 'open sesame' : null,
    }));
    await store.repository(strips).insertMany([...rows, { source: 'hall', id: 5 }]);
    const configs = [
      { id: 1, config: { fade: '1', more: 2 } },
      { id: 2, config: { fade: 2 } },
      { id: 3, config: { fade: 1 }, key: 'hunter2' },
      { id: 5, config: { fade: 9 } },
    ];
    await store
      .repository(stripConfigs)
      .insertMany(configs.map((each) => ({ source: 'hall', key: null, ...each })));
    const { report } = await run({ resources: [strip] });
    expect(report).toMatchObject({
      ...{ checked: 4, inSync: 1, drifted: 2, unknown: 1, unmanaged: 1 },
      reasons: { 'never read': 1 },
    });
    expect(await items()).toMatchObject([
      { recordId: 'hall/2', path: 'config.fade', expected: 1, actual: 2, secret: false },
      {
        recordId: 'hall/3',
        path: 'config.password',
        expected: null,
        actual: null,
        secret: true,
        category: 'security',
      },
    ]);
    const stored = JSON.stringify([report, await items(), (await store.repository(driftRuns).list()).items]);
    expect(stored).not.toMatch(/sesame|hunter2/);
    await setDesired(store, strip, 'hall/1', { properties: { config: { more: 3 } }, by });
    expect((await run({ resources: [strip], recordId: 'hall/1' })).report).toMatchObject({ drifted: 1 });
    // Nothing is wanted of it any more, so what it had open is over.
    await store.repository(strips).updateMany({ id: { in: [2, 3] } }, { wanted: null, wantedKey: null });
    await run({ resources: [strip] });
    expect((await items()).filter(({ state }) => state === 'open')).toMatchObject([{ recordId: 'hall/1' }]);
    await store.repository(strips).deleteMany({ id: 1 });
    expect((await run({ resources: [strip] })).report).toMatchObject({ unknown: 2 });
  });

  test('limited to a source, to some records, to none', async () => {
    await addSource(store, { name: 'attic', domain: 'test', settings: {}, credentials: {} });
    await store.repository(lamps).insert({ source: 'attic', id: 1, name: 'L1' });
    await setDesired(store, lamp, 'attic/1', { properties: { watts: 1 }, by });
    for (const id of [1, 2]) await want(id, { watts: 5 });
    expect((await run({ source: 'attic' })).report).toMatchObject({ checked: 1, drifted: 1, unmanaged: 0 });
    expect((await run({ source: 'hall' })).report).toMatchObject({ checked: 2, unmanaged: 1 });
    expect((await run({ filter: 'L1' })).report).toMatchObject({ checked: 2 });
    expect((await run({ resources: [] })).report).toMatchObject({ checked: 0, health: 100, risk: 'low' });
    await removeSource(store, 'attic');
    expect((await run()).report).toMatchObject({ checked: 2 });
    expect((await items()).every(({ source }) => source === 'hall')).toBe(true);
  });

  test('more records than a page has', async () => {
    const many = Array.from({ length: 1_000 }, (_, index) => ({
      source: 'hall',
      id: 10 + index,
      wanted: { fade: index % 10 },
    }));
    await store.repository(strips).insertMany(many);
    await store
      .repository(stripConfigs)
      .insertMany(many.map(({ source, id }) => ({ source, id, config: { fade: 0 } })));
    const seen: number[] = [];
    const { report } = await run({ resources: [strip], onProgress: ({ done }) => seen.push(done) });
    expect(report).toMatchObject({ checked: 1_000, inSync: 100, drifted: 900 });
    expect(seen).toEqual([200, 400, 600, 800, 1_000, 1_000]);
    expect(await items()).toHaveLength(900);
    const again = await run({ resources: [strip] });
    expect(again.report).toMatchObject({ drifted: 900 });
    expect(await items()).toHaveLength(900);
  });

  test('cancelled, it keeps the pages it had, and says so', async () => {
    const many = Array.from({ length: 600 }, (_, index) => ({
      source: 'hall',
      id: 10 + index,
      wanted: { fade: 1 },
    }));
    await store.repository(strips).insertMany(many);
    await store
      .repository(stripConfigs)
      .insertMany(many.map(({ source, id }) => ({ source, id, config: { fade: 0 } })));
    const abort = new AbortController();
    const ran = run({
      resources: [strip],
      signal: abort.signal,
      onProgress: ({ done }) => done >= 200 && abort.abort(),
    });
    await expect(ran).rejects.toMatchObject({ code: 'CANCELLED' });
    expect((await store.repository(driftRuns).list()).items).toMatchObject([
      { state: 'cancelled', drifted: 200, finishedAt: expect.any(Number), error: { code: 'CANCELLED' } },
    ]);
    expect(await items()).toHaveLength(200);
  });

  test('a domain takes part in the transaction of each page, and its failure undoes the page', async () => {
    const told: unknown[] = [];
    const hook: DriftHook = {
      started: async (_, { recordId }) => void told.push(['started', recordId]),
      async stored(transaction, { id }, records) {
        await transaction.repository(driftItems).updateMany({ runId: id }, { occurrences: 7 });
        told.push(records.map((record) => [record.id, record.status]));
      },
      finished: async (_store, _run, report) => void told.push(['finished', report?.drifted]),
    };
    const hooked = (more: DriftHook): Resource => ({
      ...lamp,
      drift: { ...lamp.drift, hook: { ...hook, ...more } },
    });
    await want(1, { watts: 5 });
    await run({ resources: [hooked({})] });
    expect(told).toEqual([['started', undefined], [['hall/1', 'drifted']], ['finished', 1]]);
    expect(await items()).toMatchObject([{ occurrences: 7 }]);
    const failing = hooked({ stored: () => Promise.reject(new Error('no')) });
    await expect(run({ resources: [failing] })).rejects.toThrow('no');
    expect(await items()).toMatchObject([{ occurrences: 7 }]);
    expect(told.at(-1)).toEqual(['finished', undefined]);
    expect(await store.repository(driftRuns).count({ state: 'failed' })).toBe(1);
  });

  test('a record that cannot be compared is counted, and the others go on', async () => {
    const broken: Resource = {
      ...lamp,
      drift: {
        adds: {
          properties: ['more'],
          read(row) {
            if (row['id'] === 1) throw new Error('unreadable');
            return {};
          },
        },
      },
    };
    for (const id of [1, 2]) await want(id, { watts: 5 });
    expect((await run({ resources: [broken] })).report).toMatchObject({
      ...{ errored: 1, drifted: 1 },
      reasons: { unreadable: 1 },
    });
  });
});
