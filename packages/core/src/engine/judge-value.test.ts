// What engines cannot keep, value by value: named, and the nearest that they can.

import { describe, expect, test } from 'vitest';
import type { StoredValue } from '../schema/codec.ts';
import type { ColumnSpec, TableSpec } from '../schema/spec.ts';
import { emptiest, type Keeps } from './fit-values.ts';
import { judgeOf } from './judge-value.ts';

/** As PostgreSQL and SQLite keep things, with little room for a value. */
const strict: Keeps = {
  ...{ nulInText: false, typed: true, brokenText: false, infinity: true, nan: true, endlessTime: true },
  ...{ checksJson: true, maxBytes: 100 },
};
const loose: Keeps = {
  ...{ nulInText: true, typed: false, brokenText: true, infinity: false, nan: false, endlessTime: false },
  ...{ checksJson: false, maxBytes: 100 },
};
const spec = { copies: undefined } as unknown as TableSpec;
const judged = (column: Partial<ColumnSpec>, value: StoredValue, keeps: Keeps) =>
  judgeOf({ name: 'c', kind: 'text', ...column } as ColumnSpec, keeps, spec)(value);
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const aUuid = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11';

describe('a value that is kept as it is', () => {
  test.for([
    [{ kind: 'text', nullable: true }, null, strict],
    [{ kind: 'text', maxLength: 3 }, 'äöü', strict],
    [{ kind: 'text', maxLength: 2 }, '😀😀', strict],
    [{ kind: 'text', maxLength: 2, secret: true }, 'sealed, and longer', strict],
    [{ kind: 'text', maxLength: 2 }, 'any\0', loose],
    [{ kind: 'text' }, bytes(0xff), loose],
    [{ kind: 'int' }, 2 ** 53 - 1, strict],
    [{ kind: 'int' }, -(2n ** 63n), strict],
    [{ kind: 'bigint' }, 2n ** 63n - 1n, strict],
    [{ kind: 'instant' }, 0, strict],
    [{ kind: 'instant' }, 'infinity', strict],
    [{ kind: 'real' }, Number.NaN, strict],
    [{ kind: 'real' }, Number.NEGATIVE_INFINITY, strict],
    [{ kind: 'bool' }, false, strict],
    [{ kind: 'bytes' }, bytes(1), strict],
    [{ kind: 'json' }, '{"a":1}', strict],
    [{ kind: 'json' }, 'no JSON', loose],
    [{ kind: 'enum', values: ['on', 'off'] }, 'on', strict],
    [{ kind: 'uuid' }, aUuid, strict],
    [{ kind: 'uuid' }, 'any text', loose],
    [{ kind: 'decimal', precision: 4, scale: 2 }, '-12.30', strict],
    [{ kind: 'decimal', precision: 4, scale: 2 }, 'much', loose],
    [{ kind: 'decimal', precision: 4, scale: 2 }, 12, strict],
    [{ kind: 'date' }, '2024-02-29', strict],
    [{ kind: 'date' }, '-infinity', strict],
    [{ kind: 'date' }, '0044-03-15 BC', strict],
    [{ kind: 'date' }, '12024-01-01', strict],
    [{ kind: 'date' }, 'yesterday', loose],
  ] as const)('%o %o', ([column, value, keeps]) => {
    expect(judged(column as Partial<ColumnSpec>, value as StoredValue, keeps)).toBeUndefined();
  });
});

describe('a value that is not', () => {
  test.for([
    [{ kind: 'int' }, null, strict, /nothing/, undefined],
    [{ kind: 'text' }, 7, strict, /no text/, '7'],
    [{ kind: 'text' }, bytes(97), loose, /bytes where text/, 'a'],
    [{ kind: 'text' }, bytes(0xff), strict, /no UTF-8/, '\ufffd'],
    [{ kind: 'text' }, 'a\ud800', strict, /surrogate/, 'a\ufffd'],
    [{ kind: 'text' }, 'a\0b', strict, /NUL/, 'ab'],
    [{ kind: 'text', maxLength: 2 }, '😀😀😀', strict, /longer than 2/, '😀😀'],
    [{ kind: 'text' }, 'x'.repeat(101), strict, /101 bytes/, undefined],
    [{ kind: 'int' }, 2n ** 63n, strict, /64 bits/, 2n ** 63n - 1n],
    [{ kind: 'int' }, -(2n ** 64n), strict, /64 bits/, -(2n ** 63n)],
    [{ kind: 'int' }, 1.5, strict, /no whole/, 2],
    [{ kind: 'bigint' }, '12', strict, /no whole/, 12n],
    [{ kind: 'int' }, ' ', strict, /no whole/, undefined],
    [{ kind: 'int' }, true, strict, /no whole/, undefined],
    [{ kind: 'instant' }, -(2n ** 62n), strict, /beyond the years/, -210_866_803_200_000_000n],
    [{ kind: 'instant' }, 2n ** 63n - 1n, strict, /beyond the years/, 9_223_371_331_199_999_999n],
    [{ kind: 'instant' }, 'infinity', loose, /no instant/, Number.MAX_SAFE_INTEGER],
    [{ kind: 'instant' }, '-infinity', loose, /no instant/, Number.MIN_SAFE_INTEGER],
    [{ kind: 'real' }, 5n, strict, /no number/, 5],
    [{ kind: 'real' }, '1e3', strict, /no number/, 1000],
    [{ kind: 'real' }, '', strict, /no number/, undefined],
    [{ kind: 'real' }, bytes(1), strict, /bytes \(1\)/, undefined],
    [{ kind: 'real' }, Number.NaN, loose, /NaN/, undefined],
    [{ kind: 'real' }, Number.NEGATIVE_INFINITY, loose, /infinite/, -Number.MAX_VALUE],
    [{ kind: 'bool' }, 2, strict, /neither/, true],
    [{ kind: 'bool' }, 0n, strict, /neither/, false],
    [{ kind: 'bool' }, 't', strict, /neither/, true],
    [{ kind: 'bool' }, 'no', strict, /neither/, false],
    [{ kind: 'bytes' }, 'a', strict, /no bytes/, bytes(97)],
    [{ kind: 'bytes' }, new Uint8Array(101), strict, /101 bytes/, undefined],
    [{ kind: 'json' }, 'no JSON', strict, /no JSON/, '"no JSON"'],
    [{ kind: 'json' }, '{"a":"\0"}', strict, /NUL/, '{"a":""}'],
    [{ kind: 'json' }, 'x'.repeat(101), strict, /101 bytes/, undefined],
    [{ kind: 'enum', values: ['on'] }, 'off', strict, /none of on/, undefined],
    [{ kind: 'enum', values: ['on'] }, 1, strict, /no text/, '1'],
    [{ kind: 'uuid' }, aUuid.toUpperCase(), strict, /lower-case/, aUuid],
    [{ kind: 'uuid' }, 7, loose, /lower-case/, undefined],
    [{ kind: 'uuid' }, 'x'.repeat(50), strict, /text of 50 signs/, undefined],
    [{ kind: 'decimal', precision: 4, scale: 2 }, 'much', strict, /no decimal/, undefined],
    [{ kind: 'decimal', precision: 4, scale: 2 }, '1.235', strict, /behind the point/, '1.24'],
    [{ kind: 'decimal', precision: 4, scale: 2 }, '-1.001', strict, /behind the point/, '-1.00'],
    [{ kind: 'decimal', precision: 4, scale: 2 }, '123.4', strict, /before the point/, '99.99'],
    [{ kind: 'decimal', precision: 2, scale: 0 }, '7.5', strict, /behind the point/, '8'],
    [{ kind: 'decimal', precision: 4, scale: 2 }, 'x'.repeat(101), strict, /101 bytes/, undefined],
    [{ kind: 'date' }, '2023-02-30', strict, /no day/, '2023-02-28'],
    [{ kind: 'date' }, '2023-13-01', strict, /no day/, undefined],
    [{ kind: 'date' }, '2023-04-00', strict, /no day/, '2023-04-01'],
    [{ kind: 'date' }, '5000-01-01 BC', strict, /no day/, undefined],
    [{ kind: 'date' }, '0000-01-01', strict, /no day/, undefined],
    [{ kind: 'date' }, 'yesterday', strict, /no day/, undefined],
  ] as const)('%o %o', ([column, value, keeps, why, nearest]) => {
    const found = judged(column as Partial<ColumnSpec>, value as StoredValue, keeps);
    expect(found!.why).toMatch(why);
    expect(found!.nearest).toEqual(nearest);
  });
});

test.for([
  [{ kind: 'int' }, 0],
  [{ kind: 'instant' }, 0],
  [{ kind: 'real' }, 0],
  [{ kind: 'bigint' }, 0n],
  [{ kind: 'bool' }, false],
  [{ kind: 'decimal', scale: 2 }, '0.00'],
  [{ kind: 'date' }, '1970-01-01'],
  [{ kind: 'uuid' }, '00000000-0000-0000-0000-000000000000'],
  [{ kind: 'json' }, '{}'],
  [{ kind: 'bytes' }, bytes()],
  [{ kind: 'enum', values: ['on', 'off'] }, 'on'],
  [{ kind: 'text' }, ''],
  [{ kind: 'text', nullable: true }, null],
] as const)('with nothing near, %o becomes %o', ([column, value]) => {
  expect(emptiest({ name: 'c', ...column } as unknown as ColumnSpec)).toEqual(value);
});
