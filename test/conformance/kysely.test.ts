// Kysely, the way out: typed by the declarations, decoded by the column each value comes from.

import { join } from 'node:path';
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
  Secret,
  table,
  text,
} from '@holdfast/core';
import { type Kysely, sql, type Updateable } from 'kysely';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { engines, scratchFolder, type TestEngine } from '../engines.ts';
import { domainOf } from './domain.ts';
import { refusal } from './refusal.ts';

const houses = table(
  'houses',
  {
    id: int(),
    streetName: text(40),
    size: bigint(),
    on: bool(),
    data: json<{ a: number[] }>().nullable(),
    at: instant(),
    day: date().nullable(),
    price: decimal(9, 2).nullable(),
    state: oneOf('up', 'down').default('up'),
    raw: bytes().nullable(),
    token: text().nullable().secret(),
    load: real().metric(),
    busy: bool().metric(),
  },
  { key: ['id'] },
);
const rooms = table(
  'rooms',
  { id: int(), house: int().references(houses, 'id', 'cascade'), name: text(40) },
  { key: ['id'] },
);

const house = {
  id: 1,
  streetName: 'a',
  size: 5n,
  on: true,
  data: { a: [1] as number[] },
  at: -1,
  day: '2024-02-29',
  price: '1.50',
  state: 'down',
  raw: new Uint8Array([0, 255]),
  token: 'hunter2',
  load: 0.5,
  busy: false,
  metricsAt: 77,
} as const;

async function open(engine: TestEngine) {
  const keyFile = join(scratchFolder(), 'key');
  const store = await engine.open({ keyFile, domains: [domainOf(houses, rooms)] });
  await store.repository(houses).insert(house);
  await store
    .repository(houses)
    .insert({ ...house, id: 2, size: 2n ** 62n, on: false, data: null, token: null });
  await store.repository(rooms).insertMany([
    { id: 1, house: 1, name: 'hall' },
    { id: 2, house: 1, name: 'cellar' },
    { id: 3, house: 2, name: 'hall' },
  ]);
  return store;
}

describe.each(engines)('$name', (engine) => {
  test('every kind is decoded as a repository decodes it', async () => {
    const store = await open(engine);
    const found = await store.kysely.selectFrom('houses').selectAll().orderBy('id').executeTakeFirstOrThrow();
    const { token, ...rest } = found;
    expect(token!.reveal()).toBe('hunter2');
    expect(rest).toEqual({
      ...Object.fromEntries(
        ['id', 'size', 'on', 'data', 'at', 'day', 'price', 'state', 'raw'].map((name) => [
          name,
          house[name as 'id'],
        ]),
      ),
      street_name: 'a',
    });
    expect(await store.kysely.selectFrom('houses_latest').selectAll().orderBy('id').execute()).toEqual([
      { id: 1, metrics_at: 77, load: 0.5, busy: false },
      { id: 2, metrics_at: 77, load: 0.5, busy: false },
    ]);
  });

  test('aliases, joins and sub-queries keep the origin of a value', async () => {
    const store = await open(engine);
    const found = await store.kysely
      .selectFrom('rooms as r')
      .innerJoin(
        (of) => of.selectFrom('houses').select(['id', 'on as lit', 'size as how_large']).as('h'),
        (join_) => join_.onRef('h.id', '=', 'r.house'),
      )
      .leftJoin('houses_latest as l', 'l.id', 'h.id')
      .select(['r.name', 'h.lit', 'h.how_large', 'l.busy as working'])
      .orderBy('r.id')
      .execute();
    expect(found).toEqual([
      { name: 'hall', lit: true, how_large: 5n, working: false },
      { name: 'cellar', lit: true, how_large: 5n, working: false },
      { name: 'hall', lit: false, how_large: 2n ** 62n, working: false },
    ]);
  });

  test('what no column stands behind is a plain value, exact where it can be', async () => {
    const store = await open(engine);
    const found = await store.kysely
      .selectFrom('houses')
      .select((of) => [
        of.fn.countAll<number>().as('all'),
        of.fn.max('size').as('largest'),
        of.fn.min('size').as('smallest'),
        of.fn.avg<number>('id').as('mean'),
        of.lit(null).as('nothing'),
      ])
      .executeTakeFirstOrThrow();
    expect(found).toEqual({ all: 2, largest: 2n ** 62n, smallest: 5, mean: 1.5, nothing: null });
  });

  test('inserts, updates, deletes and what they return', async () => {
    const store = await open(engine);
    const { kysely } = store;
    const row = { id: 3, street_name: 'b', size: 2n ** 63n - 1n, on: true, at: 7, state: 'up' as const };
    const inserted = await kysely
      .insertInto('houses')
      .values(row)
      .returning(['id', 'on', 'size', 'state'])
      .execute();
    if (kysely.getExecutor().adapter.supportsReturning)
      expect(inserted).toEqual([{ id: 3, on: true, size: 2n ** 63n - 1n, state: 'up' }]);
    const changed = await kysely
      .updateTable('houses')
      .set({ on: false, data: { a: [2] }, day: null })
      .where('on', '=', true)
      .executeTakeFirstOrThrow();
    expect(changed.numUpdatedRows).toBe(2n);
    expect(await store.repository(houses).get({ id: 3 })).toMatchObject({
      on: false,
      data: { a: [2] },
      day: null,
    });
    const deleted = await kysely.deleteFrom('houses').where('id', '=', 1).executeTakeFirstOrThrow();
    expect(deleted.numDeletedRows).toBe(1n);
    expect(await store.repository(rooms).count()).toBe(1);
  });

  test('what the schema forbids is refused with its code', async () => {
    const { kysely } = await open(engine);
    const room = { id: 1, house: 1, name: 'x' };
    expect((await refusal(kysely.insertInto('rooms').values(room).execute())).code).toBe('CONFLICT');
    const orphan = kysely
      .insertInto('rooms')
      .values({ ...room, id: 9, house: 9 })
      .execute();
    expect((await refusal(orphan)).code).toBe('REFERENCE_MISSING');
    const nulled = kysely
      .updateTable('rooms')
      .set({ name: null as never })
      .execute();
    expect((await refusal(nulled)).code).toBe('RECORD_INVALID');
    const unknown = kysely.selectFrom('houses').select('nowhere' as 'id');
    expect((await refusal(unknown.execute())).code).toBe('SCHEMA_DRIFTED');
    expect((await refusal(unknown.stream().next())).code).toBe('SCHEMA_DRIFTED');
  });

  test('a secret is not written past its sealing', async () => {
    const { kysely } = await open(engine);
    const change = kysely.updateTable('houses').set({ token: new Secret('hunter3') as never });
    expect((await refusal(change.execute())).code).toBe('QUERY_INVALID');
    await kysely.updateTable('houses').set({ token: null }).execute();
    expect((await kysely.selectFrom('houses').select('token').execute()).map(({ token }) => token)).toEqual([
      null,
      null,
    ]);
  });

  test('raw statements run, and are decoded by origin too', async () => {
    const { kysely } = await open(engine);
    const { rows } = await sql<{
      on: boolean;
      id: number;
    }>`SELECT ${sql.ref('on')}, id FROM houses WHERE id = ${1}`.execute(kysely);
    expect(rows).toEqual([{ on: true, id: 1 }]);
  });

  test('the types are those of the declarations', async () => {
    const { kysely } = await open(engine);
    const query = kysely
      .selectFrom('houses')
      .select(['id', 'street_name', 'size', 'on', 'data', 'token', 'state']);
    expectTypeOf(query.execute).returns.resolves.toEqualTypeOf<
      {
        id: number;
        street_name: string;
        size: bigint;
        on: boolean;
        data: { a: number[] } | null;
        token: Secret | null;
        state: 'up' | 'down';
      }[]
    >();
    const gauges = kysely.selectFrom('houses_latest').select(['id', 'load', 'metrics_at']);
    expectTypeOf(gauges.execute).returns.resolves.toEqualTypeOf<
      { id: number; load: number | null; metrics_at: number | null }[]
    >();
    const own = kysely.selectFrom('holdfast_runs').select(['started_at', 'outcome']);
    expectTypeOf(own.execute).returns.resolves.toEqualTypeOf<
      { started_at: number; outcome: 'running' | 'complete' | 'incomplete' | 'failed' }[]
    >();
    type Tables = typeof kysely extends Kysely<infer T> ? T : never;
    type Change = Updateable<Tables['houses']>;
    expectTypeOf<{ on: boolean; token: null }>().toExtend<Change>();
    expectTypeOf<{ token: string }>().not.toExtend<Change>();
    expect(await query.execute()).toHaveLength(2);
  });
});
