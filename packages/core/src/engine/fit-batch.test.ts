// What a batch is said to fit is kept value by value; and where rows are plainly sound, it is said.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchOf } from '../archive/columns/batch-rows.ts';
import { columnOf, torture } from '../archive/test-archive.ts';
import type { StoredRow, StoredValue } from '../schema/codec.ts';
import { type ColumnSpec, type Kind, kinds, type TableSpec } from '../schema/spec.ts';
import { batchFit } from './fit-batch.ts';
import { compileFit, type Keeps } from './fit-values.ts';
import { keeps as sqliteKeeps } from './sqlite/load.ts';

const strict: Keeps = {
  nulInText: false,
  typed: true,
  brokenText: false,
  infinity: false,
  nan: false,
  endlessTime: false,
  checksJson: true,
  maxBytes: 500,
};
const endless: Keeps = { ...strict, infinity: true, nan: true, endlessTime: true, maxBytes: 1_000_000 };

const specOf = (column: ColumnSpec): TableSpec => ({
  ...{ name: 'things', dataClass: 'important', columns: [column], key: [column.name] },
  ...{ foreignKeys: [], indexes: [], checks: [], metrics: [] },
});

const sound: Readonly<Record<Kind, readonly StoredValue[]>> = {
  text: ['', 'lamp', 'grün', '\u{1f600}', 'ß'.repeat(20)],
  int: [0, -1, Number.MAX_SAFE_INTEGER],
  bigint: [0n, 2n ** 63n - 1n],
  real: [0, -0.5, Number.MAX_VALUE],
  decimal: ['0.0000', '-12.5000', '1234567890123456.1234'],
  bool: [true, false],
  instant: [0, 1_700_000_000_000_000],
  date: ['1970-01-01', '2024-02-29'],
  json: ['{}', '[1,null]', '"x"'],
  bytes: [Uint8Array.of(0, 255)],
  uuid: ['018f3c1e-7b2a-7cc0-8000-0123456789ab'],
  enum: ['on', 'off'],
};
const doubtful: readonly StoredValue[] = [
  ...['a\0b', 'x'.repeat(21), 'ß'.repeat(300), '2023-02-29', '1.', '.5', '1e3', '{', '"a', 'ON', ''],
  ...['12345678901234567.0', '0.00001', '018F3C1E-7b2a-7cc0-8000-0123456789ab', new Uint8Array(501)],
  ...[null, Number.NaN, Number.POSITIVE_INFINITY, 0.5, 2n ** 63n, '\ud800'],
];

describe.each(kinds)('a batch of %s', (kind) => {
  const column: ColumnSpec = {
    ...{ ...columnOf(kind), values: ['on', 'off'] },
    ...(kind === 'text' ? { maxLength: 20 } : {}),
  };
  const { nullable: _, ...mandatory } = column;

  test.each([
    ['SQLite', sqliteKeeps],
    ['a strict engine', strict],
    ['an engine of endless numbers', endless],
  ])('fits %s only where each value does', (_, keeps) => {
    const values = fc.array(fc.constantFrom(...sound[kind], ...torture[kind], ...doubtful), { maxLength: 4 });
    fc.assert(
      fc.property(values, fc.constantFrom(column, mandatory), (given, of) => {
        const spec = specOf(of);
        const rows: StoredRow[] = given.map((value) => [value]);
        if (!batchFit(spec, keeps)(batchOf([of], rows))) return;
        const fit = compileFit(spec, keeps);
        for (const row of rows) expect(fit(row)).toBeUndefined();
      }),
      { numRuns: 400 },
    );
  });

  test('fits where all are sound, and repeat', () => {
    const rows = Array.from({ length: 100 }, (_, row) => [sound[kind][row % sound[kind].length]!]);
    for (const keeps of [sqliteKeeps, strict, endless]) {
      expect(batchFit(specOf(mandatory), keeps)(batchOf([mandatory], rows))).toBe(true);
      expect(batchFit(specOf(column), keeps)(batchOf([column], [...rows, [null]]))).toBe(true);
    }
  });
});
