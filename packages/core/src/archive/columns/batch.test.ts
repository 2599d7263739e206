// Batches give every value back, of its kind or not; bytes that are no batch are refused, and take no memory.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rowsOfBatch } from '../../engine/batch-values.ts';
import { cell } from '../../engine/column-batch.ts';
import type { Kind } from '../../schema/spec.ts';
import { kinds } from '../../schema/spec.ts';
import { columnOf, everyKind, torture, tortureRows } from '../test-archive.ts';
import { decodeBatch, decodeColumns, encodeBatch, mostRows, toRows } from './batch.ts';
import { batchOf } from './batch-rows.ts';
import { ByteWriter } from './bytes.ts';
import type { Value, ValueRow } from './value.ts';

function expectBack(of: readonly Kind[], rows: readonly ValueRow[]): void {
  const columns = of.map(columnOf);
  const bytes = Buffer.from(encodeBatch(batchOf(columns, rows)));
  const { rowCount, columns: decoded } = decodeBatch(bytes, columns.length);
  expect(rowCount).toBe(rows.length);
  expect(toRows(decoded, rowCount)).toEqual(rows.map((row) => [...row]));
  const batch = decodeColumns(bytes, columns);
  expect(rowsOfBatch(batch)).toEqual(rows);
  for (const { gaps, cells } of batch.columns)
    expect(cells.filter((each) => each !== cell.value).length).toBe(gaps);
}

const ofKind: Readonly<Record<Kind, fc.Arbitrary<Value>>> = {
  text: fc.string({ unit: 'binary' }),
  int: fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.nat(9)),
  bigint: fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -9n, max: 9n })),
  real: fc.oneof(
    fc.double(),
    fc.tuple(fc.integer(), fc.nat(12)).map(([whole, exponent]) => Number(`${whole}e-${exponent}`)),
  ),
  decimal: fc
    .tuple(fc.integer(), fc.nat(9999))
    .map(([whole, part]) => `${whole}.${String(part).padStart(4, '0')}`),
  bool: fc.boolean(),
  instant: fc.integer().map((seconds) => seconds * 1_000_000),
  date: fc
    .date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10)),
  json: fc.json(),
  bytes: fc.uint8Array(),
  uuid: fc.uuid(),
  enum: fc.constantFrom('on', 'off', 'standby'),
};
const stranger: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(null),
  fc.string({ unit: 'binary' }),
  fc.integer({ min: 0xd7f0, max: 0xe010 }).map((unit) => `a${String.fromCharCode(unit)}`),
  fc.double(),
  fc.bigInt(),
  fc.boolean(),
  fc.uint8Array(),
);

describe.each(kinds)('a column of %s', (kind) => {
  test('gives back what is hard, alone and together', () => {
    for (const value of torture[kind]) expectBack([kind], [[value]]);
    expectBack(
      [kind],
      torture[kind].map((value) => [value]),
    );
    expectBack([kind], []);
  });

  test('gives back any values of its kind', () => {
    fc.assert(
      fc.property(fc.array(ofKind[kind], { maxLength: 60 }), (values) => {
        expectBack(
          [kind],
          values.map((value) => [value]),
        );
      }),
    );
  });

  test('gives back values that repeat, nulls, and values of any other kind among them', () => {
    const any = fc.array(fc.oneof({ weight: 3, arbitrary: ofKind[kind] }, stranger), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(any, fc.nat(60), (values, length) => {
        expectBack(
          [kind],
          Array.from({ length }, (_, row) => [values[(row * row) % values.length]!]),
        );
      }),
    );
  });
});

describe('a batch', () => {
  test('gives back the torture set of all kinds side by side', () => {
    expectBack(kinds, tortureRows());
  });

  test('gives back counters, clocks and wide ranges, in order or not', () => {
    const walk = fc.tuple(
      fc.maxSafeInteger(),
      fc.array(fc.integer({ min: -5, max: 5000 }), { maxLength: 300 }),
    );
    fc.assert(
      fc.property(walk, fc.constantFrom(1, 1000, 1_000_000, 7), ([start, steps], factor) => {
        let at = Math.floor(start / 2);
        const rows = steps.map((step) => {
          at += step * factor;
          return [Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, at)), BigInt(at)];
        });
        expectBack(['int', 'bigint'], rows);
      }),
    );
  });

  test('takes few bytes where little happens', () => {
    const rows = Array.from({ length: 5000 }, (_, row) => [
      row + 1,
      1.7e15 + row * 1e6,
      row % 2 ? 'on' : 'off',
      null,
    ]);
    const columns = (['int', 'instant', 'enum', 'bytes'] as const).map(columnOf);
    // A byte for the word of each row, a bit for each null.
    expect(encodeBatch(batchOf(columns, rows)).length).toBeLessThan(5000 + 5000 / 8 + 200);
  });

  test('may have columns in the form of other kinds', () => {
    const kind = fc.constantFrom(...kinds);
    fc.assert(
      fc.property(fc.array(kind, { maxLength: 6 }), fc.array(kind, { minLength: 6 }), (written, read) => {
        const rows = tortureRows().map((row) => written.map((_, index) => row[index * 2]!));
        const bytes = Buffer.from(encodeBatch(batchOf(written.map(columnOf), rows)));
        const asked = written.map((_, index) => columnOf(read[index]!));
        expect(rowsOfBatch(decodeColumns(bytes, asked))).toEqual(rows);
      }),
    );
  });

  test('may be wider than what is turned into rows by compiled code', () => {
    const wide = Array.from({ length: 70 }, () => 'int' as const);
    expectBack(wide, [wide.map((_, index) => index), wide.map((_, index) => index * 2)]);
  });

  test('is not made of rows of another width, or of what no engine has', () => {
    const invalid = expect.objectContaining({ code: 'RECORD_INVALID' });
    expect(() => encodeBatch(batchOf([columnOf('int')], [[1, 2]]))).toThrow(invalid);
    expect(() => encodeBatch(batchOf([columnOf('int')], [[undefined as never]]))).toThrow(invalid);
    expect(() => encodeBatch(batchOf([columnOf('text')], [[new Date(0) as never]]))).toThrow(invalid);
  });
});

describe('refused', () => {
  const corrupt = expect.objectContaining({ code: 'ARCHIVE_CORRUPT' });
  const bytes = Buffer.from(encodeBatch(batchOf(everyKind, tortureRows())));

  test('is a batch that was cut anywhere, or has something behind it', () => {
    const longer = Buffer.concat([bytes, Buffer.alloc(1)]);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeBatch(bytes.subarray(0, length), everyKind.length)).toThrow(corrupt);
      expect(() => decodeColumns(bytes.subarray(0, length), everyKind)).toThrow(corrupt);
    }
    expect(() => decodeBatch(longer, everyKind.length)).toThrow(corrupt);
    expect(() => decodeColumns(longer, everyKind)).toThrow(corrupt);
    expect(() => decodeBatch(bytes, everyKind.length + 1)).toThrow(corrupt);
  });

  test('or else read as some other rows of the same number is a batch with any byte changed', () => {
    let refused = 0;
    for (let at = 8; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1 << (at & 7);
      try {
        const { rowCount, columns } = decodeBatch(changed, everyKind.length);
        expect(columns.every((column) => column.length === rowCount)).toBe(true);
        expect(rowsOfBatch(decodeColumns(changed, everyKind))).toEqual(toRows(columns, rowCount));
      } catch (error) {
        expect(error).toEqual(corrupt);
        expect(() => decodeColumns(changed, everyKind)).toThrow(corrupt);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(100);
  });

  test('are counts that would take memory which the bytes do not justify', () => {
    const claim = (rows: number, width: number, body: number[] = []): Buffer => {
      const writer = new ByteWriter();
      writer.u32(rows);
      writer.u32(width);
      if (body.length > 0) writer.u32(body.length);
      writer.raw(Uint8Array.from(body));
      return Buffer.from(writer.view());
    };
    const expectRefused = (bytes: Buffer, width = 1): void => {
      expect(() => decodeBatch(bytes, width)).toThrow(corrupt);
      const texts = Array.from({ length: width }, () => columnOf('text'));
      expect(() => decodeColumns(bytes, texts)).toThrow(corrupt);
    };
    expectRefused(claim(mostRows + 1, 1));
    expectRefused(claim(2 ** 32 - 1, 1));
    expectRefused(claim(mostRows, 10_000), 10_000);
    // Text of one row whose length is said to be 2^53-1; a dictionary of that many words; an exception that is a bigint of a million digits.
    const huge = [255, 255, 255, 255, 255, 255, 255, 15];
    expectRefused(claim(1, 1, [5, 0, 0, ...integers(2 ** 52), ...huge]));
    expectRefused(claim(1, 1, [5, 0, 2, ...huge]));
    const digits = Buffer.alloc(1_000_000, '9');
    const tagged = [1, 3, 1, 1, 0, 1, 0xc0, 0x84, 0x3d, ...digits];
    expectRefused(claim(1, 1, tagged));
    // A sign of four bytes, between two texts of one unit; text that ends before its units do, and one that goes on.
    const sign = [...Buffer.from('\u{1f600}')];
    expectRefused(claim(2, 1, [5, 0, 1, ...integers(1), 4, ...sign]));
    expectRefused(claim(1, 1, [5, 0, 1, ...integers(3), 4, ...sign]));
    expectRefused(claim(1, 1, [5, 0, 1, ...integers(0), 4, ...sign]));
  });
});

/** One integer as a column of lengths has it. */
function integers(value: number): number[] {
  const first = Buffer.alloc(8);
  first.writeDoubleLE(value);
  return [0, ...first, 1, ...Buffer.alloc(8), 0];
}
