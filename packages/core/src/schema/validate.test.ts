// Validators of a declaration: JSON from outside becomes what insert and update take, or names what is wrong.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
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
  timestamps,
  uuid,
} from './column.ts';
import { Secret } from './secret.ts';
import { table } from './table.ts';
import { jsonEncoder } from './to-json.ts';
import { insertSchema, updateSchema } from './validate.ts';

const kinds = table(
  'kinds',
  {
    id: int(),
    text: text(5),
    bigint: bigint(),
    real: real(),
    decimal: decimal(4, 2),
    bool: bool(),
    instant: instant(),
    date: date(),
    json: json(),
    bytes: bytes(),
    uuid: uuid(),
    word: oneOf('on', 'off'),
  },
  { key: ['id'] },
);
const good = {
  id: 1,
  text: 'a\u0000é',
  bigint: '-9223372036854775808',
  real: 1.5,
  decimal: '12.5',
  bool: false,
  instant: '2026-03-01T12:00:00.000001Z',
  date: '2024-02-29',
  json: { a: [1, null] },
  bytes: 'AAE=',
  uuid: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  word: 'on',
};

test('JSON of every kind becomes what insert takes', () => {
  expect(insertSchema(kinds).parse(good)).toEqual({
    ...good,
    bigint: -(2n ** 63n),
    instant: 1_772_366_400_000_001,
    bytes: new Uint8Array([0, 1]),
  });
});

test.each([
  ['id', 1.5],
  ['id', 2 ** 53],
  ['text', 'abcdef'],
  ['text', '\ud800'],
  ['bigint', 1],
  ['bigint', '9223372036854775808'],
  ['bigint', '1.0'],
  ['real', '1'],
  ['real', Number.POSITIVE_INFINITY],
  ['decimal', '123'],
  ['decimal', '1.234'],
  ['decimal', 1.5],
  ['decimal', '01.5'],
  ['bool', 1],
  ['instant', '2026-03-01T12:00:00'],
  ['instant', 0],
  ['date', '2026-02-30'],
  ['date', '0000-01-01'],
  ['json', null],
  ['json', undefined],
  ['json', [Number.NaN]],
  ['json', { at: new Date(0) }],
  ['json', { of: [() => 1] }],
  ['bytes', 'no base64!'],
  ['uuid', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'],
  ['word', 'ON'],
  ['stranger', 1],
])('%s as %j is refused, and named', (property, value) => {
  const { success, error } = insertSchema(kinds).safeParse({ ...good, [property]: value });
  expect(success).toBe(false);
  expect(JSON.stringify(error!.issues)).toContain(`"${property}"`);
});

describe('what may be left out', () => {
  const things = table(
    'things',
    {
      id: int(),
      name: text(),
      note: text().nullable(),
      state: oneOf('on', 'off').default('on'),
      token: text().nullable().secret(),
      load: real().metric(),
      ...timestamps,
    },
    { key: ['id'] },
  );

  test('an insert needs what has no default', () => {
    expect(insertSchema(things).parse({ id: 1, name: 'a' })).toEqual({ id: 1, name: 'a' });
    expect(insertSchema(things).safeParse({ id: 1 }).success).toBe(false);
  });

  test('an update takes any column but the key and those the store sets', () => {
    expect(updateSchema(things).parse({})).toEqual({});
    expect(updateSchema(things).parse({ note: null, load: null })).toEqual({ note: null, load: null });
    expect(updateSchema(things).safeParse({ id: 2 }).success).toBe(false);
    expect(updateSchema(things).safeParse({ updatedAt: '2026-03-01T12:00:00Z' }).success).toBe(false);
    expect(updateSchema(things).safeParse({ name: null }).success).toBe(false);
  });

  test('a secret goes in as text and comes out closed', () => {
    const parsed = insertSchema(things).parse({ id: 1, name: 'a', token: 'hunter2' });
    expect(parsed.token).toBeInstanceOf(Secret);
    expect((parsed.token as Secret).reveal()).toBe('hunter2');
    expect(JSON.stringify(parsed)).not.toContain('hunter2');
  });
});

test('JSON keeps every key that it can have', () => {
  const value = JSON.parse('{"a": {"__proto__": 1, "constructor": null}}');
  const { json: read } = insertSchema(kinds).parse({ ...good, json: value });
  expect(JSON.stringify(read)).toBe(JSON.stringify(value));
});

test('what the encoder of JSON writes, the validator reads back', () => {
  const row = fc.record({
    id: fc.maxSafeInteger(),
    text: fc.string({ maxLength: 5 }),
    bigint: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    real: fc.double({ noNaN: true, noDefaultInfinity: true }),
    decimal: fc.constantFrom('0.00', '-99.99', '12.50'),
    bool: fc.boolean(),
    instant: fc.maxSafeInteger(),
    date: fc.constantFrom('0001-01-01', '2024-02-29', '9999-12-31'),
    json: fc.jsonValue().filter((value) => value !== null),
    bytes: fc.uint8Array({ maxLength: 9 }),
    uuid: fc.uuid(),
    word: fc.constantFrom('on', 'off'),
  });
  const encode = jsonEncoder(kinds);
  fc.assert(
    fc.property(row, (given) => {
      expect(insertSchema(kinds).parse(encode(given))).toEqual(given);
    }),
  );
});
