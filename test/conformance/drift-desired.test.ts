// What records should be: set, checked against the declaration, kept in versions, cleared.

import { HoldfastError, type Store } from '@holdfast/core';
import { clearDesired, desiredFromActual, getDesired, runDrift, setDesired } from '@holdfast/core/drift';
import { addSource, desired, driftItems } from '@holdfast/core/system';
import { beforeEach, describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { home, lamp, lamps } from './fixtures/lamps.ts';

describe.each(engines)('$name', (engine) => {
  let store: Store;
  const by = 'ann';
  const refusal = async (work: Promise<unknown>): Promise<HoldfastError> => {
    const error = await work.then(
      () => expect.fail('it was taken'),
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof HoldfastError)) throw error;
    return error;
  };

  beforeEach(async () => {
    const keyFile = `${process.env['TMPDIR'] ?? '/tmp'}/holdfast-drift-${process.pid}.key`;
    store = (await engine.open({ domains: [home(lamp)], keyFile })) as unknown as Store;
    await addSource(store, { name: 'hall', domain: 'test', settings: {}, credentials: {} });
    await store.repository(lamps).insert({
      ...{ source: 'hall', id: 1, name: 'Desk', watts: 7, tags: ['b', 'a'], owner: 'bob', token: 'x' },
      config: { fade: 3, clock: 55, mqtt: { server: 'a' } },
      heat: 40,
    });
  });

  test('a wish is stored with who set it, and added to', async () => {
    await setDesired(store, lamp, 'hall/1', { properties: { watts: 5 }, by });
    const state = await setDesired(store, lamp, 'hall/1', {
      ...{ properties: { config: { mqtt: { port: 1 } }, on: false }, keep: true, by: 'bea' },
      ignore: ['config.x'],
    });
    expect(state).toMatchObject({
      ...{ resource: 'home.lamp', id: 'hall/1', whole: false, setBy: 'bea', ignore: ['config.x'] },
      properties: { watts: 5, config: { mqtt: { port: 1 } }, on: false },
    });
    const more = { config: { mqtt: { server: null }, fade: 1 } };
    await setDesired(store, lamp, 'hall/1', { properties: more, keep: true, by });
    expect((await getDesired(store, lamp, 'hall/1'))!.properties).toEqual({
      ...{ watts: 5, on: false },
      config: { mqtt: { port: 1, server: null }, fade: 1 },
    });
    await setDesired(store, lamp, 'hall/1', { properties: { name: 'Shelf' }, by });
    expect((await getDesired(store, lamp, 'hall/1'))!.properties).toEqual({ name: 'Shelf' });
  });

  test('each change of a wish leaves its earlier version', async () => {
    for (const watts of [5, 6, 7]) await setDesired(store, lamp, 'hall/1', { properties: { watts }, by });
    await clearDesired(store, lamp, 'hall/1');
    const rows = await store.transaction(({ session }) =>
      session.all({ sql: 'SELECT properties FROM holdfast_desired_history ORDER BY journal_seq' }, []),
    );
    expect(rows.map(([properties]) => (properties === null ? null : JSON.parse(String(properties))))).toEqual(
      [...[null, { watts: 5 }, { watts: 6 }, { watts: 7 }]],
    );
  });

  test('what is accepted as it is leaves out what moves, what people keep, and secrets', async () => {
    const state = await desiredFromActual(store, lamp, 'hall/1', { by });
    expect(state).toMatchObject({ whole: true, setBy: 'ann' });
    expect(state.properties).toEqual({
      ...{ name: 'Desk', on: true, watts: 7, tags: ['b', 'a'] },
      config: { fade: 3, mqtt: { server: 'a' } },
    });
    const { report } = await runDrift(store, { resources: [lamp], by });
    expect(report).toMatchObject({ checked: 1, inSync: 1 });
  });

  test('an id means the newest incarnation, and the wish stays with that one', async () => {
    await store.repository(lamps).insert({ source: 'hall', id: 1, incarnation: 2, name: 'New' });
    expect(await setDesired(store, lamp, 'hall/1', { properties: { watts: 5 }, by })).toMatchObject({
      id: 'hall/1/2',
    });
    expect(await getDesired(store, lamp, 'hall/1')).toBeUndefined();
  });

  test.each([
    [{ wats: 5 }, 'no property "wats"'],
    [{ constructor: 5 }, 'no property "constructor"'],
    [{ id: 2 }, 'id is the key'],
    [{ heat: 20 }, 'heat is a gauge'],
    [{ token: 'y' }, 'token is a secret'],
    [{ createdAt: '2026-01-01T00:00:00Z' }, 'createdAt is set by the store'],
    [{ owner: 'eve' }, 'owner is kept'],
    [{ absentSince: null }, 'absentSince is kept'],
    [{ config: { lock: [{ pin: 1 }] } }, 'config.lock.0.pin is a secret'],
    [{ watts: 'much' }, 'watts: '],
    [{ on: 'maybe' }, 'on: '],
    [{}, 'nothing is wanted'],
  ])('%j is refused: %s', async (properties, why) => {
    const error = await refusal(setDesired(store, lamp, 'hall/1', { properties, by }));
    expect(error).toMatchObject({
      code: 'DESIRED_INVALID',
      hint: expect.stringContaining('name, on, watts'),
    });
    expect(error.message).toContain(why);
    expect(await store.repository(desired).count()).toBe(0);
  });

  test('of what was never there nothing is wanted; of what is absent it is not known', async () => {
    expect(await refusal(setDesired(store, lamp, 'hall/9', { properties: { watts: 5 }, by }))).toMatchObject({
      code: 'RECORD_NOT_FOUND',
    });
    expect(await refusal(getDesired(store, lamp, 'nonsense'))).toMatchObject({ code: 'RECORD_NOT_FOUND' });
    await store.repository(lamps).updateMany({ id: 1 }, { absentSince: 5 });
    expect(await refusal(desiredFromActual(store, lamp, 'hall/1', { by }))).toMatchObject({
      code: 'ACTUAL_UNKNOWN',
    });
    await setDesired(store, lamp, 'hall/1', { properties: { watts: 5 }, by });
  });

  test('cleared, its differences are over', async () => {
    await setDesired(store, lamp, 'hall/1', { properties: { watts: 5 }, by });
    await runDrift(store, { resources: [lamp], by });
    expect(await clearDesired(store, lamp, 'hall/1', 99)).toBe(true);
    expect(await clearDesired(store, lamp, 'hall/1')).toBe(false);
    expect((await store.repository(driftItems).list()).items).toMatchObject([
      { state: 'resolved', resolvedAt: 99 },
    ]);
  });
});
