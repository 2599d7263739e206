// Batches of columns arrive as the rows that they are, however many statements and lines they take.

import { type AddressInfo, connect, createServer } from 'node:net';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { batchOf } from '../../archive/columns/batch-rows.ts';
import type { StoredRow } from '../../schema/codec.ts';
import { bigint, bool, bytes, decimal, instant, int, real, text } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';
import { offersArrays } from './arrays.ts';
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

/** The same server, greeting like one that takes no arrays of rows, as MySQL does. */
async function withoutArrays(url: string): Promise<string> {
  const own = new URL(url);
  const [port, host] = [Number(own.port), own.hostname];
  const between = createServer((socket) => {
    const server = connect(port, host);
    server.once('data', (greeting: Buffer) => {
      // Behind the version and what comes before the capabilities of MariaDB.
      greeting[greeting.indexOf(0, 5) + 28]! &= ~0x04;
      expect(offersArrays(greeting)).toBe(false);
      socket.write(greeting);
      server.pipe(socket);
    });
    socket.pipe(server);
    socket.on('error', () => server.destroy());
    server.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void between.close());
  own.hostname = '127.0.0.1';
  own.port = String((between.address() as AddressInfo).port);
  return own.href;
}

describe.skipIf(withoutServer)('MySQL and MariaDB', () => {
  test.each([
    ['the server', async (url: string) => url],
    ['a server that takes no arrays', withoutArrays],
  ])('%s: batches of any size and kind are read again as they were', async (_, by) => {
    const engine = await connectMysql(await by(await scratchUrl()));
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
