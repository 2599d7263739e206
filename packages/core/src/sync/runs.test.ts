// One sweep is one run: its row, one row for each scope, and an outcome that says how it ended.

import { describe, expect, test } from 'vitest';
import { bare, refusal } from '../engine/sqlite/test-store.ts';
import { domainOf } from '../engine/sqlite/test-tables.ts';
import { openStore } from '../store/open-store.ts';
import { lastConfirmed, lastSweeps } from '../system/run-reports.ts';
import { addSource, listSources, putSource, removeSource } from '../system/sources.ts';
import { runs } from '../system/tables.ts';
import { applyObservation } from './apply-observation.ts';
import { sweep } from './sweep.ts';
import {
  collectorOf,
  events,
  failure,
  guest,
  guests,
  nodes,
  ofNode,
  openSystem,
  type System,
  scopesOf,
} from './test-sync.ts';

const lastRun = async ({ store }: System) =>
  (await store.repository(runs).list({ orderBy: [['id', 'desc']], limit: 1 })).items[0]!;

describe('a sweep that ended', () => {
  test('has its run and its scopes with their counts and reasons', async () => {
    const system = await openSystem();
    const heard: string[] = [];
    const result = await system.sweep(
      [ofNode('a', [guest(1), guest(2)]), ofNode('b', [], { error: failure }), ofNode('c', [])],
      { onScope: (source, scope) => heard.push(`${source} ${scope.scope} ${scope.complete}`) },
    );
    expect(result).toMatchObject({ complete: false, run: { finishedAt: expect.any(Number) } });
    expect(await lastRun(system)).toEqual({
      id: result.run.id,
      startedAt: result.run.startedAt,
      finishedAt: result.run.finishedAt,
      outcome: 'incomplete',
    });
    expect(heard).toEqual(['lab node/a true', 'lab node/b false', 'lab node/c true']);
    const none = { created: 0, changed: 0, deleted: 0, unchanged: 0 };
    expect(await scopesOf(system.store, result.run.id)).toMatchObject([
      {
        source: 'lab',
        scope: 'node/a',
        complete: true,
        errorCode: null,
        errorMessage: null,
        ...none,
        created: 2,
      },
      {
        scope: 'node/b',
        complete: false,
        errorCode: 'SOURCE_TIMEOUT',
        errorMessage: 'node a did not answer',
        ...none,
      },
      { scope: 'node/c', complete: true, errorCode: null, ...none },
    ]);
  });

  test('is complete when every scope answered, and ids sort by time', async () => {
    const system = await openSystem();
    const first = await system.sweep([ofNode('a', [guest(1)])]);
    await new Promise((resolve) => setTimeout(resolve, 3));
    const second = await system.sweep([ofNode('a', [guest(1)])]);
    expect([first.complete, second.complete]).toEqual([true, true]);
    expect(second.run.id > first.run.id).toBe(true);
    expect((await lastRun(system)).outcome).toBe('complete');
  });

  test('is reported by source and confirms its complete scopes', async () => {
    const system = await openSystem();
    const { run } = await system.sweep([ofNode('a', [guest(1)]), ofNode('b', [], { error: failure })]);
    expect(await lastConfirmed(system.store, 'lab', 'node/a')).toBe(run.startedAt);
    expect(await lastConfirmed(system.store, 'lab', 'node/b')).toBeUndefined();
    expect((await lastSweeps(system.store)).get('lab')).toMatchObject({
      run: { id: run.id, outcome: 'incomplete' },
      incomplete: [{ scope: 'node/b', code: 'SOURCE_TIMEOUT', message: 'node a did not answer' }],
    });
  });

  test('over no source at all is complete', async () => {
    const { store } = await openSystem();
    expect(await sweep(store, [], [])).toMatchObject({ complete: true, sources: [] });
  });

  test('over a source that nothing here reads says so, and reads the others', async () => {
    const system = await openSystem();
    await addSource(system.store, { name: 'odd', domain: 'unheard', settings: {}, credentials: {} });
    const { sources, complete } = await system.sweep([ofNode('a', [guest(1)])]);
    expect(complete).toBe(false);
    expect(sources.map(({ source, created }) => [source, created])).toEqual([
      ['lab', 1],
      ['odd', 0],
    ]);
    expect(sources[1]!.scopes).toMatchObject([{ complete: false, error: { code: 'SETTING_INVALID' } }]);
  });

  test('hands each collector its own source and credentials', async () => {
    const { store } = await openSystem();
    await putSource(store, {
      name: 'lab',
      domain: 'test',
      settings: { url: 'x' },
      credentials: { token: 'hunter2' },
    });
    const given: unknown[] = [];
    const collector = {
      ...collectorOf([]),
      async *collect({
        source,
        credentials,
      }: {
        source: { name: string; settings: unknown };
        credentials: unknown;
      }) {
        given.push(source.name, source.settings, credentials);
        yield ofNode('a', []);
      },
    };
    await sweep(store, await listSources(store), [collector]);
    expect(given).toEqual(['lab', { url: 'x' }, { token: 'hunter2' }]);
  });
});

describe('a sweep that did not end', () => {
  test('because its collector threw keeps the scopes before, and is marked as failed', async () => {
    const system = await openSystem();
    const broken = new TypeError('a bug of the collector');
    const answers = [
      ofNode('a', [guest(1, { heat: 1 })]),
      () => Promise.reject(broken),
      ofNode('b', [guest(2)]),
    ];
    await expect(system.sweep(answers)).rejects.toBe(broken);
    expect(await lastRun(system)).toMatchObject({ outcome: 'failed', finishedAt: expect.any(Number) });
    expect(await system.stored()).toMatchObject([{ id: 1, heat: 1 }]);
    expect(await scopesOf(system.store, (await lastRun(system)).id)).toHaveLength(1);
  });

  test('because it was cancelled keeps the scopes before, whole', async () => {
    const system = await openSystem();
    const controller = new AbortController();
    const many = Array.from({ length: 10_000 }, (_, id) => guest(id + 10));
    const work = system.sweep([ofNode('a', [guest(1)]), () => controller.abort(), ofNode('b', many)], {
      signal: controller.signal,
    });
    expect((await refusal(work)).code).toBe('CANCELLED');
    expect((await system.stored()).map(({ id }) => id)).toEqual([1]);
    expect(await lastRun(system)).toMatchObject({ outcome: 'failed' });
  });

  test('because the database refused is marked as failed, as far as that can be written', async () => {
    const system = await openSystem();
    bare(system.path).exec('DROP TABLE events');
    const log = { scope: 'log', batches: [{ table: events, rows: [{ source: 'lab', line: 1, body: 'x' }] }] };
    expect((await refusal(system.sweep([ofNode('a', [guest(1)]), log]))).code).toBe('SCHEMA_DRIFTED');
    expect(await lastRun(system)).toMatchObject({ outcome: 'failed' });
    expect(await system.stored()).toHaveLength(1);
  });

  test('because the store was closed leaves a run that never finished', async () => {
    const system = await openSystem();
    const work = system.sweep([ofNode('a', [guest(1)]), () => system.store.close(), ofNode('b', [guest(2)])]);
    expect((await refusal(work)).code).toBe('DATABASE_CLOSED');
    const domains = [domainOf(nodes, guests, events)];
    await using again = await openStore({ url: `sqlite:${system.path}`, domains });
    expect((await again.repository(runs).list()).items).toMatchObject([
      { outcome: 'running', finishedAt: null },
    ]);
    expect(await again.repository(guests).count()).toBe(1);
  });

  test('because its collector named a scope twice is marked as failed', async () => {
    const system = await openSystem();
    await system.guests([guest(1)]);
    const twice = system.sweep([ofNode('a', [guest(1)]), ofNode('a', [guest(1)])]);
    expect((await refusal(twice)).code).toBe('CONFLICT');
    expect(await lastRun(system)).toMatchObject({ outcome: 'failed', finishedAt: expect.any(Number) });
  });

  test('because its source was removed meanwhile leaves nothing of the source', async () => {
    const system = await openSystem();
    await system.guests([guest(1, { heat: 1 })]);
    const answers = [
      ofNode('a', [guest(1, { heat: 2 })]),
      () => removeSource(system.store, 'lab'),
      ofNode('b', []),
    ];
    const code = await system.sweep(answers).then(
      () => 'done',
      (error: { code?: string }) => error.code,
    );
    expect(['done', 'REFERENCE_MISSING', 'SOURCE_NOT_FOUND']).toContain(code);
    expect(await system.store.repository(guests).count({ source: 'lab' })).toBe(0);
    expect(await system.store.check()).toEqual([]);
  });
});

test('an observation can be applied by itself, under a run of its own', async () => {
  const { store, stored } = await openSystem();
  await store.repository(runs).insert({ id: '0190a000-0000-7000-8000-000000000000', startedAt: 5 });
  const run = { store, id: '0190a000-0000-7000-8000-000000000000', at: 5, signal: undefined };
  const result = await applyObservation(
    run,
    'lab',
    ofNode('a', [guest(1, { heat: 1 }), guest(2, { level: 0 })]),
  );
  expect(result).toMatchObject({ created: 1, complete: false, rejected: [{ id: 'lab/2' }] });
  expect(await stored()).toMatchObject([{ id: 1, heat: 1, metricsAt: 5, createdAt: 5 }]);
  expect(await scopesOf(store, run.id)).toMatchObject([{ scope: 'node/a', created: 1 }]);
});
