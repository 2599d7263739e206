// Every column kind comes back exactly as it was stored, by insert and by insertMany, alone and in company.

import {
  bigint,
  bool,
  bytes,
  date,
  formatInstant,
  instant,
  int,
  oneOf,
  parseInstant,
  real,
  table,
  text,
  uuid,
} from '@holdfast/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { domainOf } from './domain.ts';

const kinds = table(
  'kinds',
  {
    id: int(),
    text: text().nullable(),
    int: int().nullable(),
    bigint: bigint().nullable(),
    real: real().nullable(),
    bool: bool().nullable(),
    instant: instant().nullable(),
    date: date().nullable(),
    bytes: bytes().nullable(),
    uuid: uuid().nullable(),
    word: oneOf('on', 'off', "it's", '').nullable(),
  },
  { key: ['id'] },
);
/** The same without a 64-bit column, which is read on another path. */
const narrow = table(
  'narrow',
  { id: int(), int: int().nullable(), bool: bool().nullable(), instant: instant().nullable() },
  { key: ['id'] },
);

const largest = Number.MAX_SAFE_INTEGER;
const safe = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(largest, -largest, 0, 1, -1)).map((n) => n + 0);
const values = {
  text: fc.string({ unit: 'binary', maxLength: 60 }).map((text) => text.replaceAll('\0', '')),
  int: safe,
  bigint: fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n, 0n),
  ),
  real: fc
    .oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(Number.MAX_VALUE, Number.MIN_VALUE, 0.1 + 0.2, 2 ** 53 + 2, 1e21, -1e-7),
    )
    .map((n) => n + 0),
  bool: fc.boolean(),
  instant: fc.oneof(safe, fc.constantFrom(-1, 1, -999_999, -1_000_001, 1_772_366_400_123_456)),
  date: fc
    .date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T00:00:00Z'),
      noInvalidDate: true,
    })
    .map((day) => day.toISOString().slice(0, 10)),
  bytes: fc.uint8Array({ maxLength: 40 }),
  uuid: fc.uuid(),
  word: fc.constantFrom('on', 'off', "it's", ''),
} as const;
const rows = (some: Record<string, fc.Arbitrary<unknown>>) =>
  fc.array(fc.record(Object.fromEntries(Object.entries(some).map(([k, v]) => [k, fc.option(v)]))), {
    minLength: 1,
    maxLength: 45,
  });

describe.each(engines)('$name', (engine) => {
  test.for([kinds, narrow])('rows of $name come back as they were stored', async (declared) => {
    const store = await engine.open({ domains: [domainOf(declared)] });
    const repository = store.repository(declared);
    const properties = declared.properties.filter((property) => property !== 'id');
    const some = Object.fromEntries(
      properties.map((property) => [property, values[property as keyof typeof values]]),
    );
    await fc.assert(
      fc.asyncProperty(rows(some), async (given) => {
        await repository.deleteMany({});
        const numbered = given.map((row, id) => ({ ...row, id })) as { id: number }[];
        const [first, ...rest] = numbered;
        await repository.insert(first!);
        await repository.insertMany(rest);
        expect((await repository.list({ limit: 100 })).items).toEqual(numbered);
        expect(await repository.get({ id: 0 })).toEqual(first);
      }),
      { numRuns: 60 },
    );
  });

  test('a 64-bit column answers with bigints, whatever the size', async () => {
    const store = await engine.open({ domains: [domainOf(kinds)] });
    await store.repository(kinds).insert({ id: largest, bigint: 5n, int: -largest, bool: false, real: 5 });
    expect(await store.repository(kinds).get({ id: largest })).toMatchObject({
      id: largest,
      bigint: 5n,
      int: -largest,
      bool: false,
      real: 5,
    });
  });

  test.for([
    ['0001-01-01'],
    ['1582-10-10'],
    ['1900-03-01'],
    ['2000-02-29'],
    ['2024-02-29'],
    ['9999-12-31'],
  ] as const)('the day %s', async ([day]) => {
    const store = await engine.open({ domains: [domainOf(kinds)] });
    await store.repository(kinds).insert({ id: 1, date: day });
    expect((await store.repository(kinds).list({ where: { date: day } })).items).toMatchObject([
      { date: day },
    ]);
  });

  test.for([
    ['1969-12-31T23:59:59.999999Z'],
    ['1970-01-01T00:00:00Z'],
    ['1712-02-29T12:00:00.000001Z'],
    ['2038-01-19T03:14:08.000001Z'],
    ['2255-06-05T23:47:34.740991Z'],
  ] as const)('the instant %s, to the microsecond', async ([at]) => {
    const store = await engine.open({ domains: [domainOf(kinds)] });
    await store.repository(kinds).insert({ id: 1, instant: parseInstant(at) });
    const found = await store.repository(kinds).get({ id: 1 });
    expect(formatInstant(found!.instant!)).toBe(at);
  });

  test('negative zero is zero', async () => {
    const store = await engine.open({ domains: [domainOf(kinds)] });
    await store.repository(kinds).insert({ id: -0, real: -0, int: -0, instant: -0 });
    expect(await store.repository(kinds).get({ id: 0 })).toMatchObject({
      id: 0,
      real: 0,
      int: 0,
      instant: 0,
    });
  });

  test('bytes of length zero are not null, and NUL bytes stay', async () => {
    const store = await engine.open({ domains: [domainOf(kinds)] });
    await store.repository(kinds).insertMany([
      { id: 1, bytes: new Uint8Array() },
      { id: 2, bytes: Buffer.from([0, 1, 0]) },
      { id: 3, bytes: null },
    ]);
    const { items } = await store.repository(kinds).list();
    expect(items.map(({ bytes: found }) => found)).toEqual([
      new Uint8Array(),
      new Uint8Array([0, 1, 0]),
      null,
    ]);
  });
});
