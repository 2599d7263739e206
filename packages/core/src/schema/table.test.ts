// A declaration that cannot work on every engine is refused where it is written, with the table and the rule.

import { describe, expect, test } from 'vitest';
import { bigint, bytes, decimal, instant, int, json, real, text, timestamps } from './column.ts';
import { latestSpec } from './spec.ts';
import { table } from './table.ts';

const key = { key: ['id'] } as const;
const parent = table('parents', { id: int() }, key);

describe('refused', () => {
  const declare: Record<string, [() => unknown, RegExp]> = {
    'a table name in capitals': [() => table('Things', { id: int() }, key), /Things: a table name/],
    'a table name with a quote': [() => table('a"b', { id: int() }, key), /a table name/],
    'a table name over 48 characters': [() => table('a'.repeat(49), { id: int() }, key), /48/],
    'a property in snake case': [() => table('t', { id: int(), a_b: int() }, key), /t: a_b: .*camel case/],
    'a property that breaks out of code': [
      () => table('t', { id: int(), "a'];process.exit()": int() }, key),
      /camel case/,
    ],
    'a property every object has': [() => table('t', { id: int(), constructor: int() }, key), /constructor/],
    'a property that is a word of filters': [() => table('t', { id: int(), or: int() }, key), /filters/],
    'the instant of the gauges': [() => table('t', { id: int(), metricsAt: instant() }, key), /metricsAt/],
    'a nullable key': [() => table('t', { id: int().nullable() }, key), /id is in the key and nullable/],
    'a key named twice': [() => table('t', { id: int() }, { key: ['id', 'id'] }), /twice/],
    'a key that is no column': [() => table('t', { id: int() }, { key: ['no' as 'id'] }), /names no/],
    'a gauge in the key': [() => table('t', { id: int().metric() }, key), /the key names id/],
    'an unbounded text key': [() => table('t', { id: text() }, key), /give text a length/],
    'an unbounded unique text': [() => table('t', { id: int(), a: text().unique() }, key), /a length/],
    'a key of bytes': [() => table('t', { id: bytes() }, key), /bytes, which cannot be in a key/],
    'a key of JSON': [() => table('t', { id: json() }, key), /json, which cannot be in a key/],
    'a secret key': [() => table('t', { id: text(9).secret() }, key), /neither key nor unique/],
    'a unique secret': [() => table('t', { id: int(), s: text(9).unique().secret() }, key), /neither key/],
    'a secret number': [() => table('t', { id: int(), s: int().secret() }, key), /only text can be secret/],
    'a secret with a default': [
      () => table('t', { id: int(), s: text().default('x').secret() }, key),
      /a secret has none/,
    ],
    'a number set by the store': [() => table('t', { id: int(), n: int().auto('create') }, key), /instants/],
    'a decimal of no digits': [() => table('t', { id: int(), d: decimal(0, 0) }, key), /1 to 65 digits/],
    'a decimal of 66 digits': [() => table('t', { id: int(), d: decimal(66, 0) }, key), /1 to 65 digits/],
    'more digits after the point than in all': [
      () => table('t', { id: int(), d: decimal(2, 3) }, key),
      /1 to 65/,
    ],
    'an index on a gauge': [
      () => table('t', { id: int(), g: real().metric() }, { ...key, indexes: [{ columns: ['g'] }] }),
      /an index names g/,
    ],
    'a resolution of nothing': [
      () => table('t', { id: int(), g: real().metric({ resolution: 0 }) }, key),
      /g: a resolution is a positive number/,
    ],
    'a resolution that is no whole number, of whole numbers': [
      () => table('t', { id: int(), g: int().metric({ resolution: 0.5 }) }, key),
      /a whole one for int/,
    ],
    'a resolution of what is no number': [
      () => table('t', { id: int(), g: text().metric({ resolution: 1 }) }, key),
      /only int and real have one/,
    ],
    'a gauge that refers': [
      () => table('t', { id: int(), g: int().references(parent, 'id').metric() }, key),
      /a metric refers to nothing/,
    ],
    'two indexes of one name': [
      () =>
        table(
          't',
          { id: int(), a: int() },
          {
            ...key,
            indexes: [
              { columns: ['a'], where: 'a > 1' },
              { columns: ['a'], where: 'a > 2' },
            ],
          },
        ),
      /two indexes would be named t_a_part_idx/,
    ],
  };
  test.each(Object.entries(declare))('%s', (_, [make, rule]) => {
    expect(make).toThrow(
      expect.objectContaining({ code: 'SCHEMA_INVALID', message: expect.stringMatching(rule) }),
    );
  });
});

describe('a declaration as plain JSON', () => {
  const declared = table(
    'rooms',
    {
      houseId: int().references(parent, 'id', 'cascade'),
      name: text(40),
      area: decimal(6, 2).default('1.5'),
      seen: bigint().metric(),
      warmth: real().metric(),
      ...timestamps,
    },
    {
      key: ['houseId', 'name'],
      dataClass: 'important',
      indexes: [{ columns: ['name', 'area'], unique: true, where: 'area > 3' }],
      checks: { areaPositive: 'area > 0' },
    },
  );

  test('names everything in snake case and keeps gauges apart', () => {
    expect(declared.spec).toEqual({
      name: 'rooms',
      dataClass: 'important',
      columns: [
        { name: 'house_id', kind: 'int' },
        { name: 'name', kind: 'text', maxLength: 40 },
        { name: 'area', kind: 'decimal', precision: 6, scale: 2, default: '1.5' },
        { name: 'created_at', kind: 'instant', auto: 'create' },
        { name: 'updated_at', kind: 'instant', auto: 'update' },
      ],
      key: ['house_id', 'name'],
      foreignKeys: [{ columns: ['house_id'], table: 'parents', references: ['id'], onDelete: 'cascade' }],
      indexes: [
        { name: 'rooms_name_area_part_key', columns: ['name', 'area'], unique: true, where: 'area > 3' },
      ],
      checks: [{ name: 'rooms_area_positive', sql: 'area > 0' }],
      metrics: [
        { name: 'seen', kind: 'bigint', nullable: true },
        { name: 'warmth', kind: 'real', nullable: true },
      ],
    });
    expect(JSON.parse(JSON.stringify(declared.spec))).toEqual(declared.spec);
  });

  test('keeps the gauges in a table of the same key that goes with the record', () => {
    expect(latestSpec(declared.spec)).toMatchObject({
      name: 'rooms_latest',
      columns: [
        { name: 'house_id', kind: 'int' },
        { name: 'name', kind: 'text', maxLength: 40 },
        { name: 'metrics_at', kind: 'instant' },
        { name: 'seen', kind: 'bigint', nullable: true },
        { name: 'warmth', kind: 'real', nullable: true },
      ],
      key: ['house_id', 'name'],
      foreignKeys: [{ table: 'rooms', references: ['house_id', 'name'], onDelete: 'cascade' }],
    });
    expect(latestSpec(parent.spec)).toBeUndefined();
  });
});
