// What a living PostgreSQL table holds beyond its declaration, and a line that is cut while it is read or filled.

import { describe, expect, onTestFinished, test } from 'vitest';
import type { StoredRow } from '../../schema/codec.ts';
import { date, decimal, instant, int, real, text } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';
import type { Engine } from '../engine.ts';
import { connectPostgres } from './connect.ts';
import { admin, refusal, scratchUrl, terminate, withoutServer } from './test-store.ts';

const odd = table(
  'odd',
  {
    id: int(),
    at: instant().nullable(),
    day: date().nullable(),
    value: real().nullable(),
    amount: decimal(10, 2).nullable(),
    note: text(20).nullable(),
  },
  { key: ['id'] },
);
const specs = [odd.spec];

/** The year 0 is that before the year 1. */
const microsOf = (year: number, month: number, day: number, hour: number): bigint =>
  BigInt(new Date(Date.UTC(2000, month, day, hour)).setUTCFullYear(year)) * 1_000n;

const opened = async (url: string): Promise<Engine> => {
  const engine = await connectPostgres(url, { adopt: true });
  onTestFinished(() => engine.close());
  return engine;
};
const fill = async (engine: Engine, rows: readonly StoredRow[]): Promise<void> => {
  const load = await engine.load(specs, { lossy: 'refuse' });
  await load.rows(odd.spec, rows);
  await load.finish();
};
const read = async (engine: Engine): Promise<StoredRow[]> => {
  const snapshot = await engine.snapshot(specs);
  const found: StoredRow[] = [];
  for await (const rows of snapshot.rows(odd.spec, { range: { after: [-1] } })) found.push(...rows);
  await snapshot.close();
  return found;
};
const many = (count: number): StoredRow[] =>
  Array.from({ length: count }, (_, id) => [id, id, null, null, null, 'x'.repeat(20)]);

describe.skipIf(withoutServer)('PostgreSQL', () => {
  test('instants and days without end, before our era and beyond a double come and go as they are', async () => {
    const url = scratchUrl();
    const engine = await opened(url);
    await fill(engine, []);
    await admin(
      `INSERT INTO odd (id, at, day, value, amount) VALUES (1, 'infinity', 'infinity', 'Infinity', 'NaN'), (2, '-infinity', '-infinity', '-Infinity', 1),
        (3, '0044-03-15 12:00:00.000001+00 BC', '0044-03-15 BC', 'NaN', -0.01), (4, '290000-01-01 00:00:00.000001+00', '12000-01-01', '-0', null),
        (5, '1684-07-28 00:12:25.259008+00', '0001-01-01', 5e-324, 99999999.99), (6, '1969-12-31 23:59:59.999999+00', null, null, null)`,
      url,
    );
    const rows = await read(engine);
    expect(rows.map((row) => row.slice(1, 5))).toEqual([
      ['infinity', 'infinity', Number.POSITIVE_INFINITY, 'NaN'],
      ['-infinity', '-infinity', Number.NEGATIVE_INFINITY, '1.00'],
      [microsOf(-43, 2, 15, 12) + 1n, '0044-03-15 BC', Number.NaN, '-0.01'],
      [microsOf(250_000, 0, 1, 0) + 14_609_700n * 86_400_000_000n + 1n, '12000-01-01', -0, null],
      [-9_007_199_254_740_992n, '0001-01-01', 5e-324, '99999999.99'],
      [-1, null, null, null],
    ]);
    const other = await opened(scratchUrl());
    const kept = rows.filter(([id]) => id !== 1);
    await fill(
      other,
      kept.map((row) => [...row]),
    );
    expect(await read(other)).toEqual(kept);
    // Every engine but this one lacks a number for it, and this one has none in a column of so many digits.
    const load = await other.load([{ ...odd.spec, name: 'more' }], { lossy: 'refuse' });
    await load.rows({ ...odd.spec, name: 'more' }, [rows[0]!]);
    expect((await refusal(load.finish())).code).toBe('VALUE_LOSSY');
  });

  test('a line that is cut ends a reading with a named error, and the next snapshot is whole', async () => {
    const url = scratchUrl({ application_name: `cut_${process.pid}` });
    const engine = await opened(url);
    // More than the line itself has room for.
    await fill(engine, many(200_000));
    const snapshot = await engine.snapshot(specs);
    const refused = await refusal(async () => {
      let seen = 0;
      for await (const _ of snapshot.rows(odd.spec, { chunkRows: 100 }))
        if (seen++ === 0) await terminate(`cut_${process.pid}`);
    });
    expect(refused.code).toBe('DATABASE_UNREACHABLE');
    await snapshot.close();
    expect(await read(engine)).toHaveLength(200_000);
  });

  test('a line that is cut while rows go in leaves nothing', async () => {
    const url = scratchUrl({ application_name: `torn_${process.pid}` });
    const engine = await opened(url);
    const load = await engine.load(specs, { lossy: 'refuse' });
    await load.rows(odd.spec, many(20_000));
    await terminate(`torn_${process.pid}`);
    const refused = await refusal(async () => {
      for (let part = 0; part < 20; part++) await load.rows(odd.spec, many(20_000));
      await load.finish();
    });
    expect(refused.code).toBe('DATABASE_UNREACHABLE');
    expect(await engine.introspect()).toEqual([]);
    await fill(engine, many(10));
  });

  test('a secret or a text never becomes part of the statement that looks for its key', async () => {
    const keyed = table('keyed', { name: text(60) }, { key: ['name'] });
    const engine = await opened(scratchUrl());
    const hostile = [`'; DROP TABLE keyed; --`, `\\'`, `E'\\x41'`, '$1', '$$', 'ä\u{1F600}', ''];
    const load = await engine.load([keyed.spec], { lossy: 'refuse' });
    await load.rows(
      keyed.spec,
      hostile.map((name) => [name]),
    );
    await load.finish();
    const snapshot = await engine.snapshot([keyed.spec]);
    const found: StoredRow[] = [];
    for await (const rows of snapshot.rowsByKeys(
      keyed.spec,
      hostile.map((name) => [name]),
    ))
      found.push(...rows);
    expect(found.flat().toSorted()).toEqual(hostile.toSorted());
    await snapshot.close();
  });
});
