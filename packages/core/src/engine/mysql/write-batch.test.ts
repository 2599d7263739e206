// Batches of columns arrive as the rows that they are, however many statements and lines they take.

import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { batchOf } from '../../archive/columns/batch-rows.ts';
import type { StoredRow } from '../../schema/codec.ts';
import { bigint, bool, bytes, decimal, instant, int, real, text } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';
import { connectMysql } from './connect.ts';
import { scratchUrl, withoutServer } from './test-store.ts';

const { spec } = table(
  'many',
  {
    id: int(),
    at: instant().nullable(),
    long: bigint().nullable(),
    level: real().nullable(),
    is: bool().nullable(),
    price: decimal(9, 2).nullable(),
    name: text(40).nullable(),
    note: text().nullable(),
    raw: bytes().nullable(),
  },
  { key: ['id'], indexes: [{ columns: ['name'] }] },
);

const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null });
/** Lengths around those at which they are told otherwise. */
const lengths = fc.constantFrom(0, 1, 47, 48, 49, 250, 251);
const large = [65_535, 65_536, 1_100_000];
const cells = fc.tuple(
  maybe(fc.maxSafeInteger()),
  maybe(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  // The server has one zero only.
  maybe(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)),
  maybe(fc.boolean()),
  maybe(fc.constantFrom('0.00', '-1.25', '9999999.99')),
  maybe(fc.string({ unit: 'grapheme', maxLength: 8 })),
  maybe(lengths.map((length) => 'ü'.repeat(length >> 1) + 'x'.repeat(length & 1))),
  maybe(lengths.map((length) => new Uint8Array(length).fill(length & 255))),
);

describe.skipIf(withoutServer)('MySQL and MariaDB', () => {
  test('batches of any size and kind are read again as they were', async () => {
    const engine = await connectMysql(await scratchUrl());
    onTestFinished(() => engine.close());
    await fc.assert(
      fc.asyncProperty(
        fc.array(cells, { minLength: 1, maxLength: 40 }),
        fc.integer({ max: 2_600 }),
        async (some, size) => {
          const count = Math.max(some.length, size);
          const rows = Array.from({ length: count }, (_, id): StoredRow => [id, ...some[id % some.length]!]);
          for (const length of large)
            rows.push([rows.length, ...some[0]!.slice(0, 6), 'x'.repeat(length), null]);
          const load = await engine.load([spec], { lossy: 'refuse' });
          try {
            for (let from = 0; from < rows.length; from += 1_234)
              await load.batch(spec, batchOf(spec.columns, rows.slice(from, from + 1_234)));
            await load.index();
            const found: StoredRow[] = [];
            for await (const chunk of load.view.rows(spec)) found.push(...chunk);
            expect(found.sort(([one], [other]) => Number(one) - Number(other))).toEqual(rows);
          } finally {
            await load.abort();
          }
        },
      ),
      { numRuns: 5 },
    );
  });

  test('a key that comes twice, on whichever line, is a conflict', async () => {
    const engine = await connectMysql(await scratchUrl());
    onTestFinished(() => engine.close());
    const empty = spec.columns.slice(1).map(() => null);
    const load = await engine.load([spec], { lossy: 'refuse' });
    const work = async (): Promise<void> => {
      for (const first of [0, 2_000, 1_999])
        await load.batch(
          spec,
          batchOf(
            spec.columns,
            Array.from({ length: 2_000 }, (_, at) => [first + at, ...empty]),
          ),
        );
      await load.finish();
    };
    await expect(work()).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});
