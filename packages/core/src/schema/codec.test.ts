// A value that does not fit its column is refused by name, and what it was is shown without running it.

import { describe, expect, test } from 'vitest';
import { HoldfastError } from '../errors.ts';
import { compileEncoder, recordFields, type StoredValue } from './codec.ts';
import {
  type AnyColumn,
  bigint,
  bool,
  bytes,
  date,
  decimal,
  instant,
  int,
  json,
  oneOf,
  real,
  text,
  uuid,
} from './column.ts';
import { Secret } from './secret.ts';
import { table } from './table.ts';

const secrets = { seal: (plain: string) => `sealed ${plain.length}`, open: (sealed: string) => sealed };

function encode(column: AnyColumn, value: unknown, observed = false): StoredValue | undefined {
  const declared = table('things', { id: int(), someColumn: column }, { key: ['id'] });
  const into: StoredValue[] = [];
  const context = { forms: {}, secrets };
  compileEncoder('things', recordFields(declared), context, { observed })(
    { id: 1, someColumn: value },
    into,
    0,
    77,
  );
  return into[1];
}

function message(column: AnyColumn, value: unknown, observed = false): string {
  try {
    encode(column, value, observed);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    expect(error).toMatchObject({
      code: 'RECORD_INVALID',
      details: { table: 'things', column: 'some_column' },
    });
    expect(error.message).toMatch(/^things\.some_column: expected .+, got .+/);
    return error.message;
  }
  return expect.fail('the value was taken');
}

const cycle: Record<string, unknown> = {};
cycle['self'] = cycle;
const deep = JSON.parse(`${'['.repeat(7_000)}${']'.repeat(7_000)}`) as unknown;

const refused: [string, AnyColumn, unknown[]][] = [
  ['text', text(), [1, true, {}, [], 1n, Symbol('x'), '\ud800', 'a\udc00b', new Date()]],
  ['bounded text', text(3), ['abcd', '👍👍']],
  ['int', int(), ['1', 1.5, 2 ** 53, -(2 ** 53), Number.NaN, Number.POSITIVE_INFINITY, 1n, true]],
  ['bigint', bigint(), [1, '1', 2n ** 63n, -(2n ** 63n) - 1n]],
  ['real', real(), [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, '1', 1n]],
  ['decimal', decimal(5, 2), [1.5, '', '1.234', '1234', '01', '+1', '.5', '1.', '1e2', ' 1', '1,0', 'NaN']],
  ['a decimal below one', decimal(2, 2), ['1', '1.0', '10']],
  ['a whole decimal', decimal(3, 0), ['1.0', '1234']],
  ['bool', bool(), [0, 1, 'true']],
  ['instant', instant(), ['2026-01-01T00:00:00Z', 0.5, new Date(0), 2 ** 53]],
  ['date', date(), ['2026-02-30', '2023-02-29', '0000-01-01', '26-01-01', '2026-1-1', '+002026-01-01', 1]],
  ['json', json(), [undefined, null, () => 1, Symbol('x'), 1n, { a: 1n }, cycle, Number.NaN]],
  ['json with a number that is none', json(), [{ a: [Number.NaN] }, [null, Number.POSITIVE_INFINITY]]],
  ['bytes', bytes(), ['abc', [1], new Uint16Array(1), new ArrayBuffer(1)]],
  ['uuid', uuid(), ['A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'a0eebc999c0b4ef8bb6d6bb9bd380a11', '']],
  ['enum', oneOf('on', 'off'), ['ON', 'on ', '', 1]],
];
const cases = refused.flatMap(([name, column, values]) =>
  [...values, null, undefined].map((value, index) => ({ name, column, value, index })),
);

describe('a value that does not fit', () => {
  test.each(cases)('$name refuses value $index', ({ column, value }) => {
    message(column, value);
  });

  test('JSON deeper than the stack is refused', () => {
    message(json(), deep, true);
  });

  test('is shown shortened', () => {
    expect(message(int(), 'x'.repeat(1_000_000)).length).toBeLessThan(150);
    expect(message(int(), new Array(1_000_000).fill(1))).toContain('an array of 1000000');
  });

  test('is named without asking it for a text', () => {
    const hostile = {
      toString: () => expect.fail('was asked'),
      [Symbol.toPrimitive]: () => expect.fail('was asked'),
    };
    expect(message(text(), hostile)).toContain('got an object');
    expect(message(text(), Object.create(null))).toContain('got an object');
  });

  test('is never shown where the column is secret', () => {
    const secret = text(5).secret();
    expect(message(secret, new Secret('hunter2!'))).not.toContain('hunter');
    expect(message(secret, 'hunter2!')).toMatch(/got a secret$/);
    expect(message(secret, ['hunter2!'])).not.toContain('hunter');
  });

  test('was not observed, then it is left undefined', () => {
    expect(encode(int(), undefined, true)).toBeUndefined();
    expect(() => encode(int(), null, true)).toThrow('things.some_column');
  });
});

describe('the stored form', () => {
  test.each([
    ['1.5', '1.50'],
    ['0', '0.00'],
    ['-0', '0.00'],
    ['-0.00', '0.00'],
    ['-0.1', '-0.10'],
    ['12345678.99', '12345678.99'],
  ])('of the decimal %s is %s', (given, stored) => {
    expect(encode(decimal(10, 2), given)).toBe(stored);
  });

  test('of a whole decimal has no point', () => {
    expect(encode(decimal(3, 0), '-0')).toBe('0');
    expect(encode(decimal(3, 0), '-12')).toBe('-12');
  });

  test('of a secret is sealed, from text and from a Secret', () => {
    expect(encode(text().secret(), 'hunter2')).toBe('sealed 7');
    expect(encode(text().secret(), new Secret('hunter2'))).toBe('sealed 7');
  });

  test('of observed JSON does not depend on the order of its keys', () => {
    expect(encode(json(), { b: [{ d: 1, c: 2 }], a: null }, true)).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
    expect(encode(json(), { a: null, b: [{ c: 2, d: 1 }] }, true)).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
  });

  test('of a column the store sets is the instant of the write', () => {
    expect(encode(instant().auto('update'), undefined)).toBe(77);
  });
});
