// A coach: entities by kind and area, states that changed, and nothing unknown taken for safe.

import type { Store } from '@holdfast/core';
import {
  activeOperations,
  coach,
  coachEntities,
  coachInterlocks,
  coachStates,
  findEntities,
  openInterlocks,
  statesSince,
} from '@holdfast/domains/coach';
import { makeEntity, makeInterlock, makeState } from '@holdfast/domains/coach/factories';
import { makeRandom } from '@holdfast/domains/random';
import { describe, expect, test } from 'vitest';
import { refusal } from '../conformance/refusal.ts';
import { engines } from '../engines.ts';
import { openDomain } from './open-domain.ts';

const random = makeRandom(1);
const entities = Array.from({ length: 8 }, (_, index) => makeEntity('home', index));
const ids = (rows: readonly { entityId: string }[]) => rows.map(({ entityId }) => entityId);

describe.each(engines)('$name', (engine) => {
  const opened = async (): Promise<Store> => {
    const store = await openDomain(engine, coach);
    await store.repository(coachEntities).insertMany(entities);
    return store;
  };

  test('entities are found by kind and area, those that are gone left out', async () => {
    const store = await opened();
    const { entityId } = entities[4]!;
    expect(ids((await findEntities(store, 'home', { deviceType: 'light' })).items)).toHaveLength(2);
    expect(
      ids((await findEntities(store, 'home', { deviceType: 'light', suggestedArea: 'bedroom' })).items),
    ).toEqual([entityId]);
    await store.repository(coachEntities).update({ source: 'home', entityId }, { absentSince: 9 });
    expect(ids((await findEntities(store, 'home', { deviceType: 'light' })).items)).toHaveLength(1);
    const page = await findEntities(store, 'home', {}, { limit: 5 });
    expect((await findEntities(store, 'home', {}, { limit: 5, after: page.next })).items).toHaveLength(2);
  });

  test('states that changed are found by when; a report that repeats is no change', async () => {
    const store = await opened();
    const states = store.repository(coachStates);
    const stamped = [30, 10, 20].map((updatedAt, index) => ({
      ...makeState('home', index, random),
      updatedAt,
    }));
    await states.insertMany(stamped);
    const since = (await statesSince(store, 20)).items;
    expect(since.map(({ updatedAt }) => updatedAt)).toEqual([20, 30]);
    const key = { source: 'home', entityId: entities[1]!.entityId };
    const rawFrame = Uint8Array.of(1, 2, 0xff);
    await states.update(key, { reportedAt: 99, rawFrame });
    expect(await states.get(key)).toMatchObject({ updatedAt: 10, reportedAt: 99, rawFrame });
  });

  test('what moves, and what may move, counts as active', async () => {
    const store = await opened();
    const operations = ['idle', 'active', 'unknown'] as const;
    await store
      .repository(coachStates)
      .insertMany(operations.map((operation, index) => ({ ...makeState('home', index, random), operation })));
    const found = await activeOperations(store, 'home');
    expect(found.map(({ operation }) => operation).sort()).toEqual(['active', 'unknown']);
    expect(await activeOperations(store, 'elsewhere')).toEqual([]);
  });

  test('an interlock stands open unless it is satisfied, or overridden and that has not run out', async () => {
    const store = await opened();
    const override = { overriddenBy: 'ann', overrideReason: 'service' };
    const rows = (
      [
        ['holds', 'satisfied', {}],
        ['violated', 'violated', {}],
        ['unknown', 'unknown', {}],
        ['overridden', 'violated', { ...override, overrideExpiresAt: 101 }],
        ['run out', 'violated', { ...override, overrideExpiresAt: 100 }],
      ] as const
    ).map(([name, state, more], index) => ({
      ...makeInterlock('home', index, random),
      name,
      state,
      ...more,
    }));
    await store.repository(coachInterlocks).insertMany(rows);
    const names = (await openInterlocks(store, 'home', 100)).map(({ name }) => name).sort();
    expect(names).toEqual(['run out', 'unknown', 'violated']);
  });

  test('an override without who, until when and why is refused', async () => {
    const store = await opened();
    const interlocks = store.repository(coachInterlocks);
    const plain = makeInterlock('home', 0, random);
    for (const half of [
      { overriddenBy: 'ann' },
      { overrideExpiresAt: 1 },
      { overriddenBy: 'ann', overrideExpiresAt: 1 },
    ])
      expect((await refusal(interlocks.insert({ ...plain, ...half }))).code).toBe('CHECK_FAILED');
    expect(
      (
        await refusal(
          store.repository(coachEntities).insert({ ...entities[0]!, entityId: 'x', statusDgn: 131_072 }),
        )
      ).code,
    ).toBe('CHECK_FAILED');
  });
});
