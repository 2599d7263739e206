// Rows of COPY become columns and values with exactly what is in them.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StoredValue } from '../../schema/codec.ts';
import { rowsOfBatch } from '../batch-values.ts';
import { readBatch } from './read-copy.ts';
import { compileTuples } from './read-tuples.ts';
import { anyTable, type ValuesOf } from './test-tables.ts';
import { boundOf, compileWriter } from './write-tuples.ts';

const first = -(2n ** 63n);
const last = 2n ** 63n - 1n;
/** Microseconds from 1970 to 2000, from where the server counts. */
const epoch = 946_684_800_000_000n;
const plain = (value: bigint): StoredValue => {
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : value;
};
const near = (edge: bigint): fc.Arbitrary<bigint> =>
  fc.bigInt({ min: -1_000n, max: 1_000n }).map((some) => edge + some);
const edges = [-(2n ** 53n), 2n ** 53n].flatMap((edge) => [near(edge), near(edge + epoch)]);
const valuesOf: ValuesOf = {
  int: fc.oneof(
    fc.maxSafeInteger(),
    fc.bigInt({ min: first, max: last }).map(plain),
    ...edges.map((e) => e.map(plain)),
  ),
  instant: fc.oneof(
    fc.maxSafeInteger(),
    fc.bigInt({ min: first + epoch + 1n, max: last }).map(plain),
    fc.constantFrom('infinity', '-infinity'),
    ...edges.map((e) => e.map(plain)),
  ),
  bigint: fc.bigInt({ min: first, max: last }),
  real: fc.double(),
  bool: fc.boolean(),
  text: fc.string({ unit: 'binary' }),
  bytes: fc.uint8Array({ maxLength: 200 }),
};
const table = anyTable(valuesOf, 1);

test('what was written is read, in batches of any size, and as values', () => {
  fc.assert(
    fc.property(table, fc.integer({ min: 1, max: 50 }), ({ columns, rows }, most) => {
      const write = compileWriter(columns);
      const messages = rows.map((row) => {
        const bytes = Buffer.alloc(5 + boundOf(row));
        return bytes.subarray(0, write(bytes, 5, row));
      });
      const read = compileTuples(columns);
      expect(messages.map((message) => read(message, 5))).toEqual(rows);
      const found: StoredValue[][] = [];
      let given: Parameters<typeof readBatch>[1] | undefined = {
        ...{ bytes: Buffer.concat(messages), at: 0, rows: rows.length },
      };
      while (given !== undefined) {
        const { batch, rest } = readBatch(columns, given, { rows: most, bytes: 1_000_000 });
        found.push(...(rowsOfBatch(batch) as StoredValue[][]));
        given = rest;
      }
      expect(found).toEqual(rows);
    }),
  );
});
