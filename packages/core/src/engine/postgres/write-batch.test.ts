// Columns become the rows of COPY that their values would.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchOf } from '../../archive/columns/batch-rows.ts';
import { anyTable, type ValuesOf } from './test-tables.ts';
import { compileBatchWriter } from './write-batch.ts';
import { boundOf, compileWriter } from './write-tuples.ts';

const large = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.repeat(5));
const text = fc.oneof(fc.string({ unit: 'binary' }), large);
const valuesOf: ValuesOf = {
  int: fc.maxSafeInteger(),
  instant: fc.maxSafeInteger(),
  bigint: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  real: fc.double(),
  bool: fc.boolean(),
  text,
  enum: text,
  json: text,
  bytes: fc.uint8Array({ maxLength: 200 }),
  uuid: fc.uuid(),
};
const table = anyTable(valuesOf);

test('the same bytes as of values, in pieces of any size', () => {
  fc.assert(
    fc.property(table, fc.integer({ min: 1, max: 2_000 }), ({ columns, rows }, size) => {
      const write = compileWriter(columns);
      const expected = rows.map((row) => {
        const bytes = Buffer.alloc(boundOf(row));
        return bytes.subarray(0, write(bytes, 0, row));
      });
      const room = (least: number) => Buffer.allocUnsafeSlow(Math.max(least, size));
      const found = [...compileBatchWriter(columns, room)(batchOf(columns, rows))];
      expect(Buffer.concat(found).equals(Buffer.concat(expected))).toBe(true);
    }),
  );
});
