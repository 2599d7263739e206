// Scopes that come together are stored as if they had come one by one, and cost less while nothing differs.

import { expect, test } from 'vitest';
import type { Observation, ObservedRow } from './observation.ts';
import { failure, guest, guests, ofNode, openSystem, type System, scopesOf } from './test-sync.ts';

const scopeOf = (id: number, more: ObservedRow = {}): Observation => ({
  scope: `guest/${id}`,
  batches: [{ table: guests, rows: [guest(id, more)] }],
});

const both = async (first: Observation[], second: Observation[]): Promise<unknown[]> =>
  Promise.all(
    [(group: Observation[]) => [group], (group: Observation[]) => group].map(async (given) => {
      const system = await openSystem();
      await system.sweep(given(first));
      const { run, sources, complete } = await system.sweep(given(second));
      const rows = (await system.stored()).map(
        ({ createdAt: _c, updatedAt: _u, metricsAt: _m, absentSince, ...row }) => ({
          ...row,
          absent: absentSince !== null,
        }),
      );
      const scopes = (await scopesOf(system.store, run.id)).map(({ runId: _run, ...scope }) => scope);
      return { source: sources[0], complete, rows, scopes };
    }),
  );

const start = [scopeOf(1, { heat: 1 }), scopeOf(2, { heat: 2, note: 'x' }), scopeOf(3)];

test.each<[string, Observation[]]>([
  ['nothing differs', start],
  ['gauges move', [scopeOf(1, { heat: 9 }), scopeOf(2, { heat: 2, uptime: 5n }), scopeOf(3)]],
  ['one differs', [scopeOf(1, { heat: 9 }), scopeOf(2, { note: 'y', heat: 3 }), scopeOf(3)]],
  ['one is new', [...start, scopeOf(4, { heat: 4 })]],
  ['one did not answer', [scopeOf(1), { scope: 'guest/2', error: failure, batches: [] }, scopeOf(3)]],
  ['one answered in part', [scopeOf(1), { ...scopeOf(2, { heat: 7 }), error: failure }]],
  ['one is refused', [scopeOf(1), scopeOf(2, { level: 'high' }), scopeOf(3, { heat: 3 })]],
  ['one breaks a rule', [scopeOf(1), scopeOf(2, { level: -1 }), scopeOf(3, { note: 'new' })]],
  ['the collector refuses one', [scopeOf(1), { ...scopeOf(2), rejected: [{ id: 'x', message: 'odd' }] }]],
  ['two scopes show one record', [scopeOf(1), { ...scopeOf(1, { note: 'twin' }), scope: 'guest/1b' }]],
  ['a scope owns its records', [scopeOf(3), ofNode('a', [guest(1)])]],
])('%s', async (_, second) => {
  const [together, oneByOne] = await both(start, second);
  expect(together).toEqual(oneByOne);
});

test('a record that was absent and is shown again is a change', async () => {
  const system = await openSystem();
  await system.sweep([ofNode('a', [guest(1), guest(2)])]);
  await system.sweep([ofNode('a', [guest(1)])]);
  const { sources } = await system.sweep([[scopeOf(1), scopeOf(2)]]);
  expect(sources[0]!.scopes).toMatchObject([{ changed: 0 }, { changed: 1 }]);
  expect(await system.stored()).toMatchObject([{ absentSince: null }, { absentSince: null }]);
});

test('where nothing differs, nothing but the results of the scopes is written', async () => {
  const system: System = await openSystem();
  await system.sweep([start]);
  const before = await system.changes();
  await system.sweep([start]);
  // The run's row twice, a row for each scope, and one with the samples of all.
  expect((await system.changes()) - before).toBe(2 + 3 + 1);
});
