// The same rows give the same digest, in whatever order they come and however their engine spells them; others do not.

import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kinds } from '../../schema/spec.ts';
import type { Value, ValueRow } from '../columns/value.ts';
import { columnOf, everyKind, torture, tortureRows } from '../test-archive.ts';
import { boundOf, canonicalDecimal, writeRow } from './canonical-row.ts';
import { RowSum } from './row-sum.ts';
import { TableDigest } from './table-digest.ts';

const digestOf = (rows: readonly ValueRow[], columns = everyKind): string => {
  const digest = new TableDigest(columns);
  digest.add(rows);
  return digest.digest;
};
const one = (kind: (typeof kinds)[number], value: Value): string => digestOf([[value]], [columnOf(kind)]);

describe('a sum of digests', () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 60 });

  test.each([true, false])('is that of the platform, message by message (lanes: %s)', (lanes) => {
    fc.assert(
      fc.property(messages, (all) => {
        const sum = new RowSum(lanes);
        for (const message of all) {
          sum.bytes.set(message, sum.at);
          sum.add(sum.at + message.length);
        }
        const expected = all.reduce((total, each) => total + BigInt(`0x${hash('sha256', each, 'hex')}`), 0n);
        expect(sum.finish()).toBe(expected % (1n << 256n));
      }),
    );
  });

  test('holds for every length around the end of a block', () => {
    for (let length = 0; length < 260; length++) {
      const sum = new RowSum();
      const message = Buffer.alloc(length, length);
      for (let times = 0; times < 4; times++) {
        message.copy(sum.bytes, sum.at);
        sum.add(sum.at + length);
      }
      const expected = (4n * BigInt(`0x${hash('sha256', message, 'hex')}`)) % (1n << 256n);
      expect(sum.finish()).toBe(expected);
    }
  });
});

describe('the digest of a table', () => {
  test('does not depend on the order of rows, nor on how they were given', () => {
    const rows = tortureRows();
    const other = new TableDigest(everyKind);
    for (const row of rows.toReversed()) other.add([row]);
    expect(other.digest).toBe(digestOf(rows));
    expect(other.rows).toBe(rows.length);
  });

  test('goes back when rows are taken away, and adds up', () => {
    const rows = tortureRows();
    const digest = new TableDigest(everyKind);
    digest.add(rows);
    digest.subtract(rows.slice(3));
    expect(digest).toMatchObject({ digest: digestOf(rows.slice(0, 3)), rows: 3 });
    digest.merge({ digest: digestOf(rows.slice(3)), rows: rows.length - 3 });
    expect(digest).toMatchObject({ digest: digestOf(rows), rows: rows.length });
    digest.subtract(rows);
    expect(digest).toMatchObject({ digest: '0'.repeat(64), rows: 0 });
  });

  test('is another one for every change of a value, and for a row twice', () => {
    for (const kind of kinds) {
      const digests = torture[kind].map((value) => one(kind, value));
      // What is equal in spite of its spelling: the zeros, and a duplicate member of JSON.
      const same = { real: 1, decimal: 1, json: 0 }[kind as 'real'] ?? 0;
      expect(new Set(digests).size).toBe(digests.length - same);
    }
    const rows = tortureRows();
    expect(digestOf([...rows, rows[1]!, rows[1]!])).not.toBe(digestOf(rows));
    // What is cut at another place is another row.
    const two = [columnOf('text'), { ...columnOf('text'), name: 'b' }];
    expect(digestOf([['ab', 'c']], two)).not.toBe(digestOf([['a', 'bc']], two));
  });

  test('of large rows and of very many is that of the platform', () => {
    const columns = [columnOf('text'), columnOf('bytes')];
    const rows = Array.from({ length: 3000 }, (_, row) => [
      'x'.repeat(row % 900),
      row === 5 ? new Uint8Array(3_000_000).fill(1) : Uint8Array.of(row),
    ]);
    let expected = 0n;
    for (const row of rows) {
      const bytes = Buffer.alloc(boundOf(row));
      const end = writeRow(bytes, 0, bytes.length, columns, row);
      expect(end).toBeGreaterThan(0);
      expected += BigInt(`0x${hash('sha256', bytes.subarray(0, end), 'hex')}`);
    }
    expect(digestOf(rows, columns)).toBe((expected % (1n << 256n)).toString(16).padStart(64, '0'));
  });
});

describe('the same, from whatever engine, is', () => {
  test.each<[string, (typeof kinds)[number], Value, Value]>([
    ['an integer as number or as bigint', 'int', 5, 5n],
    ['a large integer as number or as bigint', 'bigint', 2 ** 40, 2n ** 40n],
    ['a negative integer', 'bigint', -7, -7n],
    ['a negative integer beyond 32 bits', 'int', -(2 ** 31) - 1, -(2n ** 31n) - 1n],
    ['a whole double as bigint', 'real', 3, 3n],
    ['zero with and without its sign', 'real', 0, -0],
    ['a decimal with more or fewer zeros', 'decimal', '1.5', '1.5000'],
    ['a decimal with a plus, or zeros in front', 'decimal', '+01.5', '1.5000'],
    ['zero with a minus', 'decimal', '-0.0', '0'],
    ['JSON with members in another order', 'json', '{"b":1,"a":[2]}', '{ "a": [2], "b": 1 }'],
    ['JSON with numbers spelled otherwise', 'json', '[1.0,1e2,-0.0,0.10]', '[1,100,0,0.1]'],
    [
      'JSON with a long number spelled otherwise',
      'json',
      '[1234567890123456789.50]',
      '[123456789012345678950e-2]',
    ],
    ['JSON with escapes', 'json', '"\\u0041\\/"', '"A/"'],
    [
      'a UUID in capitals',
      'uuid',
      '018F3C1E-7B2A-7CC0-8000-0123456789AB',
      '018f3c1e-7b2a-7cc0-8000-0123456789ab',
    ],
    ['bytes as Buffer or as Uint8Array', 'bytes', Buffer.from([1, 2]), Uint8Array.of(1, 2)],
  ])('%s', (_, kind, first, second) => {
    expect(one(kind, first)).toBe(one(kind, second));
  });

  test.each<[string, (typeof kinds)[number], Value, Value]>([
    ['neighbours beyond the integers of doubles', 'json', '[9007199254740992]', '[9007199254740993]'],
    ['neighbours of sixteen digits around a point', 'json', '[9999.123456789012]', '[9999.123456789013]'],
    ['numbers that are too large for doubles', 'json', '[1e400]', '[1e401]'],
    ['text and bytes', 'text', 'ab', Buffer.from('ab')],
    ['null and an empty text', 'text', null, ''],
    ['a number and its text', 'int', 1, '1'],
    ['decimals of different value', 'decimal', '1.5', '1.50001'],
    ['half a pair and its replacement', 'text', '\ud800', '\ufffd'],
    ['integers that differ in their high bits', 'bigint', 1n, 2n ** 32n + 1n],
  ])('unlike %s', (_, kind, first, second) => {
    expect(one(kind, first)).not.toBe(one(kind, second));
  });
});

test('text of every length and alphabet is written as the platform encodes it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (value) => {
      const bytes = Buffer.alloc(boundOf([value]));
      const end = writeRow(bytes, 0, bytes.length, [columnOf('text')], [value]);
      const encoded = Buffer.from(value);
      expect(bytes.subarray(end - encoded.length, end)).toEqual(encoded);
      // Written over what was there before.
      const used = Buffer.alloc(bytes.length, 255);
      expect(used.subarray(0, writeRow(used, 0, used.length, [columnOf('text')], [value]))).toEqual(
        bytes.subarray(0, end),
      );
    }),
  );
});

test.each([
  ['12', 2, '12.00'],
  ['-0', 0, '0'],
  ['007.10', 1, '7.1'],
  ['0.000', 2, '0.00'],
  ['1e5', 2, '1e5'],
  ['-1.005', 2, '-1.005'],
])('the decimal %s of scale %i is %s', (value, scale, expected) => {
  expect(canonicalDecimal(value, scale)).toBe(expected);
});
