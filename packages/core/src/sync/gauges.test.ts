// Gauges of a sweep are kept beside the record: a change of them alone is no change of the record.

import { describe, expect, test } from 'vitest';
import { failure, guest, guests, ofNode, openSystem } from './test-sync.ts';

describe('gauges', () => {
  test('are stored with the instant of the sweep that read them', async () => {
    const system = await openSystem();
    const { run } = await system.sweep([ofNode('a', [guest(1, { uptime: 2n ** 62n, heat: 0.5 }), guest(2)])]);
    expect(await system.stored()).toMatchObject([
      { id: 1, uptime: 2n ** 62n, heat: 0.5, metricsAt: run.startedAt },
      { id: 2, uptime: null, heat: null, metricsAt: null },
    ]);
  });

  test('that moved leave the record unchanged and its row untouched', async () => {
    const system = await openSystem();
    await system.guests([guest(1, { heat: 1, uptime: 1n }), guest(2, { heat: 1 })]);
    const before = await system.stored();
    const changes = await system.changes();
    const { run, sources } = await system.sweep([
      ofNode('a', [guest(1, { heat: 2, uptime: 1n }), guest(2, { heat: 1 })]),
    ]);
    expect(sources[0]).toMatchObject({ changed: 0, unchanged: 2, gauges: 1 });
    // The run's row twice, the scope's row, one row of gauges, and the samples of both.
    expect((await system.changes()) - changes).toBe(5);
    expect(await system.stored()).toEqual([{ ...before[0], heat: 2, metricsAt: run.startedAt }, before[1]]);
  });

  test('that were not observed are kept, null clears them', async () => {
    const system = await openSystem();
    await system.guests([guest(1, { heat: 1, uptime: 1n })]);
    await system.guests([guest(1, { uptime: 2n })]);
    expect((await system.stored())[0]).toMatchObject({ heat: 1, uptime: 2n });
    await system.guests([guest(1, { heat: null })]);
    expect((await system.stored())[0]).toMatchObject({ heat: null, uptime: 2n });
    await system.guests([guest(1)]);
    expect((await system.stored())[0]).toMatchObject({ heat: null, uptime: 2n });
  });

  test('differ from row to row in what was observed', async () => {
    const system = await openSystem();
    const both = [
      guest(1, { heat: 1, uptime: 1n }),
      guest(2, { heat: 2, uptime: 2n }),
      guest(3, { heat: 3 }),
    ];
    await system.guests(both);
    await system.guests([guest(1, { heat: 10 }), guest(2, { uptime: 20n }), guest(3, { uptime: 30n })]);
    expect((await system.stored()).map(({ heat, uptime }) => [heat, uptime])).toEqual([
      [10, 1n],
      [2, 20n],
      [3, 30n],
    ]);
  });

  test('of an incomplete scope are stored as well', async () => {
    const system = await openSystem();
    await system.guests([guest(1, { heat: 1 })]);
    await system.guests([guest(1, { heat: 2 })], { error: failure });
    expect((await system.stored())[0]).toMatchObject({ heat: 2 });
  });

  test('that two scopes of a sweep show end as the later one said', async () => {
    const system = await openSystem();
    await system.sweep([
      ofNode('a', [guest(1, { heat: 1 })]),
      { scope: 'again', batches: [{ table: guests, rows: [guest(1, { heat: 2 })] }] },
    ]);
    expect((await system.stored())[0]).toMatchObject({ heat: 2 });
  });

  test('of more records than are held back at once are all stored', async () => {
    const system = await openSystem();
    const many = Array.from({ length: 60_000 }, (_, id) => guest(id, { heat: id }));
    await system.guests(many);
    const moved = many.map((row) => ({ ...row, heat: Number(row['id']) + 0.5 }));
    const again = (from: number, turn: string) => ({
      scope: `${turn} ${from}`,
      batches: [{ table: guests, rows: moved.slice(from, from + 20_000) }],
    });
    const { sources } = await system.sweep(
      ['one', 'two'].flatMap((turn) => [0, 20_000, 40_000].map((from) => again(from, turn))),
    );
    expect(sources[0]!.scopes.slice(0, 3).map(({ gauges }) => gauges)).toEqual([20_000, 20_000, 20_000]);
    const { store } = system;
    expect(await store.repository(guests).count({ heat: { isNull: false } })).toBe(60_000);
    expect((await store.repository(guests).get({ source: 'lab', id: 59_999 }))!.heat).toBe(59_999.5);
  });
});
