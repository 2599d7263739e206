// The types of a declaration: what a row, an insert, a key and an update are. Checked by the compiler.

import { expectTypeOf, test } from 'vitest';
import { bigint, bool, bytes, decimal, instant, int, json, oneOf, real, text, timestamps } from './column.ts';
import type { Secret } from './secret.ts';
import { type Insert, type Key, type Row, table, type Update } from './table.ts';

const things = table(
  'things',
  {
    source: text(64),
    id: int(),
    size: bigint(),
    price: decimal(9, 2).default('0'),
    state: oneOf('on', 'off'),
    note: text().nullable(),
    on: bool().default(true),
    data: json<{ a: number }>().nullable(),
    raw: bytes(),
    token: text().secret(),
    pin: text().nullable().secret(),
    seenAt: instant().nullable(),
    load: real().metric(),
    ...timestamps,
  },
  { key: ['source', 'id'] },
);
const plain = table('plain', { id: int() }, { key: ['id'] });
type Things = typeof things;

test('a row has every column, with its gauges and their instant', () => {
  expectTypeOf<Row<Things>>().toEqualTypeOf<{
    source: string;
    id: number;
    size: bigint;
    price: string;
    state: 'on' | 'off';
    note: string | null;
    on: boolean;
    data: { a: number } | null;
    raw: Uint8Array;
    token: Secret;
    pin: Secret | null;
    seenAt: number | null;
    load: number | null;
    createdAt: number;
    updatedAt: number;
    metricsAt: number | null;
  }>();
  expectTypeOf<Row<typeof plain>>().toEqualTypeOf<{ id: number }>();
});

test('an insert may leave out what is nullable, defaulted, a gauge or set by the store', () => {
  expectTypeOf<{
    source: string;
    id: number;
    size: bigint;
    state: 'on';
    raw: Uint8Array;
    token: string;
  }>().toExtend<Insert<Things>>();
  expectTypeOf<Insert<Things>['token']>().toEqualTypeOf<Secret | string>();
  expectTypeOf<Insert<Things>['load']>().toEqualTypeOf<number | null | undefined>();
  expectTypeOf<Insert<Things>['metricsAt']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<{ source: string; id: number }>().not.toExtend<Insert<Things>>();
  expectTypeOf<Insert<typeof plain>>().toEqualTypeOf<{ id: number }>();
});

test('a key is its columns, an update everything else', () => {
  expectTypeOf<Key<Things>>().toEqualTypeOf<{ source: string; id: number }>();
  expectTypeOf<Update<Things>>().not.toHaveProperty('id');
  expectTypeOf<Update<Things>['state']>().toEqualTypeOf<'on' | 'off' | undefined>();
  expectTypeOf<Update<Things>['note']>().toEqualTypeOf<string | null | undefined>();
  expectTypeOf<Record<never, never>>().toExtend<Update<Things>>();
});

test('the name and the properties of the key are literal', () => {
  expectTypeOf<Things['name']>().toEqualTypeOf<'things'>();
  expectTypeOf<Things['key'][number]>().toEqualTypeOf<'source' | 'id'>();
});
