// The digest of a batch is that of its rows, whatever they have.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kinds } from '../../schema/spec.ts';
import { encodeBatch } from '../columns/batch.ts';
import { batchOf } from '../columns/batch-rows.ts';
import type { Value } from '../columns/value.ts';
import { columnOf, everyKind, torture, tortureRows } from '../test-archive.ts';
import { sumOf } from './batch-digest.ts';
import { TableDigest } from './table-digest.ts';

const digestOf = (...[columns, rows]: Parameters<typeof batchOf>): string => {
  const digest = new TableDigest(columns);
  digest.add(rows);
  return digest.digest;
};
const batchDigest = (...given: Parameters<typeof batchOf>): string =>
  sumOf(batchOf(...given))
    .toString(16)
    .padStart(64, '0');

const spellings: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom('1.5', '1.5000', '-0.0000', '0.1234', '00.1234', '+1.0000', '.1234', '12', '1.23a4', '-'),
  fc.json(),
  fc.uuid(),
  fc.uuid().map((text) => text.toUpperCase()),
  fc.string({ unit: 'binary', maxLength: 90 }),
  fc.double(),
  fc.maxSafeInteger(),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }),
  fc.boolean(),
  fc.uint8Array({ maxLength: 200 }),
  fc.constantFrom('\ud800', '\u0130', '\ufeff1', null, -0),
);

describe.each(kinds)('a column of %s', (kind) => {
  test('has the digest of its rows, of its kind or not', () => {
    const columns = [columnOf(kind)];
    fc.assert(
      fc.property(
        fc.array(fc.oneof(spellings, fc.constantFrom(...torture[kind])), { maxLength: 40 }),
        (values) => {
          const rows = values.map((value) => [value]);
          const batch = batchOf(columns, rows);
          encodeBatch(batch);
          expect(sumOf(batch).toString(16).padStart(64, '0')).toBe(digestOf(columns, rows));
        },
      ),
    );
  });
});

test('all kinds side by side have the digest of their rows, and so do very large rows among small ones', () => {
  expect(batchDigest(everyKind, tortureRows())).toBe(digestOf(everyKind, tortureRows()));
  const columns = [columnOf('text'), columnOf('bytes')];
  const rows = Array.from({ length: 3000 }, (_, row) => [
    'x'.repeat(row % 900),
    row === 5 ? new Uint8Array(3_000_000).fill(1) : Uint8Array.of(row),
  ]);
  expect(batchDigest(columns, rows)).toBe(digestOf(columns, rows));
});
