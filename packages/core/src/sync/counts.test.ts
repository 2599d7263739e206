// A sweep counts what it created, changed, deleted and found unchanged, and stores exactly that.

import { describe, expect, test } from 'vitest';
import { guest, guests, openSystem } from './test-sync.ts';

const numbers = ({
  created,
  changed,
  deleted,
  unchanged,
  gauges,
}: Record<'created' | 'changed' | 'deleted' | 'unchanged' | 'gauges', number>) => [
  created,
  changed,
  deleted,
  unchanged,
  gauges,
];

describe('a scope of guests', () => {
  test('is created, then unchanged, then as it became', async () => {
    const system = await openSystem();
    expect(numbers(await system.guests([guest(1), guest(2), guest(3)]))).toEqual([3, 0, 0, 0, 0]);
    expect(numbers(await system.guests([guest(3), guest(1), guest(2)]))).toEqual([0, 0, 0, 3, 0]);
    expect(numbers(await system.guests([guest(1), guest(2, { name: 'new' }), guest(4)]))).toEqual([
      1, 1, 1, 1, 0,
    ]);
    expect(
      (await system.stored()).map(({ id, name, absentSince }) => [id, name, absentSince !== null]),
    ).toEqual([
      [1, 'g1', false],
      [2, 'new', false],
      [3, 'g3', true],
      [4, 'g4', false],
    ]);
  });

  test('is counted by source and in all', async () => {
    const system = await openSystem();
    const result = await system.sweep([
      { scope: 'one', batches: [] },
      { scope: 'node/a', batches: [{ table: guests, rows: [guest(1)] }] },
    ]);
    expect(result).toMatchObject({
      complete: true,
      sources: [{ source: 'lab', domain: 'test', created: 1, changed: 0, deleted: 0, unchanged: 0 }],
    });
  });
});

describe('a record that did not change', () => {
  test('costs no write', async () => {
    const system = await openSystem();
    const rows = Array.from({ length: 50 }, (_, id) =>
      guest(id, {
        note: null,
        config: { b: 1, a: [1, { d: 1, c: 2 }] },
        raw: new Uint8Array([1, 2]),
        uptime: 5n,
        heat: 0.5,
      }),
    );
    await system.guests(rows);
    const before = await system.stored();
    const changes = await system.changes();
    const again = rows.map((row) => ({
      ...row,
      config: { a: [1, { c: 2, d: 1 }], b: 1 },
      raw: new Uint8Array([1, 2]),
    }));
    expect(numbers(await system.guests(again))).toEqual([0, 0, 0, 50, 0]);
    // The run's row twice, the scope's row, and one row with the samples of all.
    expect((await system.changes()) - changes).toBe(4);
    expect(await system.stored()).toEqual(before);
  });

  test('has changed by as little as one byte, one bit or a null', async () => {
    const system = await openSystem();
    const full = { note: 'n', config: { a: 1 }, raw: new Uint8Array([1]), code: 'c' };
    for (const patch of [
      { note: 'N' },
      { note: '' },
      { note: null },
      { config: { a: '1' } },
      { config: null },
      { raw: new Uint8Array([2]) },
      { raw: new Uint8Array() },
      { raw: null },
      { level: 2 },
      { code: null },
    ]) {
      await system.guests([guest(1, { ...full, level: 1 })]);
      expect(numbers(await system.guests([guest(1, { ...full, ...patch })]))).toEqual([0, 1, 0, 0, 0]);
      expect((await system.stored())[0]).toMatchObject({ ...full, ...patch });
    }
  });
});

describe('what was not observed', () => {
  test('is kept, and null clears it', async () => {
    const system = await openSystem();
    await system.guests([guest(1, { note: 'kept', config: { a: 1 }, level: 7 })]);
    expect(numbers(await system.guests([guest(1, { note: undefined })]))).toEqual([0, 0, 0, 1, 0]);
    expect((await system.stored())[0]).toMatchObject({ note: 'kept', config: { a: 1 }, level: 7 });
    await system.guests([guest(1, { config: null })]);
    expect((await system.stored())[0]).toMatchObject({ note: 'kept', config: null, level: 7 });
  });

  test('differs from row to row', async () => {
    const system = await openSystem();
    await system.guests([guest(1, { note: 'a', level: 2 }), guest(2, { note: 'b', level: 3 })]);
    await system.guests([guest(1, { note: 'A' }), guest(2, { level: 4 }), guest(3, { level: 5 })]);
    expect((await system.stored()).map(({ note, level }) => [note, level])).toEqual([
      ['A', 2],
      ['b', 4],
      [null, 5],
    ]);
  });

  test('is the default in a new record', async () => {
    const system = await openSystem();
    await system.guests([guest(1)]);
    expect((await system.stored())[0]).toMatchObject({
      level: 1,
      note: null,
      config: null,
      heat: null,
      metricsAt: null,
    });
  });
});

describe('the instant of a change', () => {
  test('is that of the sweep, for all that changed and nothing else', async () => {
    const system = await openSystem();
    const first = (
      await system.sweep([{ scope: 's', batches: [{ table: guests, rows: [guest(1), guest(2)] }] }])
    ).run;
    await new Promise((resolve) => setTimeout(resolve, 3));
    const second = (
      await system.sweep([
        { scope: 's', batches: [{ table: guests, rows: [guest(1, { note: 'x' }), guest(2)] }] },
      ])
    ).run;
    expect(second.startedAt).toBeGreaterThan(first.startedAt);
    expect((await system.stored()).map(({ createdAt, updatedAt }) => [createdAt, updatedAt])).toEqual([
      [first.startedAt, second.startedAt],
      [first.startedAt, first.startedAt],
    ]);
  });
});
