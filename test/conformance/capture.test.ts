// Capture: every change of a tracked table leaves its trace, whoever makes it, credited to whom it belongs; what is
// taken back leaves none.

import { bigint, int, json, type Store, table, text } from '@holdfast/core';
import { journal } from '@holdfast/core/system';
import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { domainOf } from './domain.ts';

const houses = table(
  'houses',
  { id: int(), name: text(64).unique(), size: bigint().nullable(), extra: json().nullable() },
  { key: ['id'], history: 'versions' },
);
const rooms = table(
  'rooms',
  { id: int(), houseId: int().nullable().references(houses, 'id', 'cascade'), name: text(64) },
  { key: ['id'], history: 'versions' },
);
const chairs = table(
  'chairs',
  { id: int(), roomId: int().nullable().references(rooms, 'id', 'cascade') },
  { key: ['id'], history: 'versions' },
);
const owners = table(
  'owners',
  { id: int(), houseId: int().nullable().references(houses, 'id', 'set null'), name: text(64) },
  { key: ['id'], history: 'keys' },
);
const domain = domainOf(houses, rooms, chairs, owners);

describe.each(engines)('$name', (engine) => {
  const opened = async () => {
    const url = await engine.url();
    const store = await engine.open({ url, domains: [domain] });
    /** Changes as they were logged: operation, credited or not, and some columns. */
    const logged = async (name: string, ...columns: string[]): Promise<unknown[][]> => {
      const rows = await engine.query(
        url,
        `SELECT journal_op, journal_txn, ${columns.join(', ')} FROM ${name}_history WHERE journal_op < 9 ORDER BY journal_seq`,
      );
      return rows.map(([op, txn, ...rest]) => [
        ['', 'insert', 'update', 'delete'][Number(op)],
        txn === null ? 'external' : 'store',
        ...rest.map((value) => (typeof value === 'bigint' ? Number(value) : value)),
      ]);
    };
    return { url, store, logged, past: (sql: string) => engine.exec(url, sql) };
  };
  const house = (id: number, name = `house ${id}`) => ({ id, name });

  test('an insert leaves the key, an update and a deletion the record as it was', async () => {
    const { store, logged } = await opened();
    const repository = store.repository(houses);
    await repository.insert({ ...house(1), size: 2n ** 53n + 1n });
    await repository.update({ id: 1 }, { name: 'castle' });
    await repository.upsert(house(1, 'palace'));
    await repository.delete({ id: 1 });
    expect(await logged('houses', 'id', 'name')).toEqual([
      ['insert', 'store', 1, null],
      ['update', 'store', 1, 'house 1'],
      ['update', 'store', 1, 'castle'],
      ['delete', 'store', 1, 'palace'],
    ]);
  });

  test('many rows at once, new and known', async () => {
    const { store, logged } = await opened();
    const repository = store.repository(houses);
    const rows = Array.from({ length: 1_200 }, (_, id) => house(id));
    await repository.insertMany(rows);
    await repository.upsertMany(rows.map(({ id }) => house(id, `renamed ${id}`)));
    await repository.updateMany({ id: { lt: 10 } }, { size: 5n });
    await repository.deleteMany({ id: { gte: 1_000 } });
    const log = await logged('houses', 'id', 'name');
    expect(log.filter(([op]) => op === 'insert')).toHaveLength(1_200);
    expect(log.filter(([op, , , name]) => op === 'update' && /^house/.test(String(name)))).toHaveLength(
      1_200,
    );
    expect(log.filter(([op]) => op === 'update')).toHaveLength(1_210);
    expect(log.filter(([op]) => op === 'delete')).toHaveLength(200);
    expect(log.every(([, who]) => who === 'store')).toBe(true);
  });

  test('what is taken back leaves no trace: a transaction, a savepoint, a refused statement', async () => {
    const { store, logged } = await opened();
    await store.repository(houses).insert(house(1));
    const failing = store.transaction(async (transaction) => {
      await transaction.repository(houses).insert(house(2));
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await store.transaction(async (transaction) => {
      const repository = transaction.repository(houses);
      await transaction
        .savepoint(async () => {
          await repository.insert(house(3));
          throw new Error('undone');
        })
        .catch(() => undefined);
      await repository.insert(house(4));
      await expect(repository.insert(house(1))).rejects.toMatchObject({ code: 'CONFLICT' });
      await repository.update({ id: 1 }, { name: 'castle' });
    });
    expect(await logged('houses', 'id', 'name')).toEqual([
      ['insert', 'store', 1, null],
      ['insert', 'store', 4, null],
      ['update', 'store', 1, 'house 1'],
    ]);
    expect((await store.repository(journal).list({})).items).toHaveLength(2);
  });

  test('what was changed before a savepoint that is undone is credited all the same', async () => {
    const { store, logged, past } = await opened();
    await store.transaction(async (transaction) => {
      const repository = transaction.repository(houses);
      await repository.insert(house(1));
      await transaction
        .savepoint(async () => {
          await repository.insert(house(2));
          throw new Error('undone');
        })
        .catch(() => undefined);
    });
    expect((await store.repository(journal).list({})).items).toMatchObject([{ actor: 'app' }]);
    await past("INSERT INTO houses (id, name) VALUES (3, 'past')");
    expect(await logged('houses', 'id')).toEqual([
      ['insert', 'store', 1],
      ['insert', 'external', 3],
    ]);
  });

  test('a deletion that cascades is logged in every table it reaches', async () => {
    const { store, logged, past } = await opened();
    await store.repository(houses).insertMany([house(1), house(2)]);
    await store.repository(rooms).insertMany([
      { id: 10, houseId: 1, name: 'hall' },
      { id: 20, houseId: 2, name: 'attic' },
    ]);
    await store.repository(chairs).insertMany([
      { id: 100, roomId: 10 },
      { id: 200, roomId: 20 },
    ]);
    await store.repository(owners).insertMany([
      { id: 7, houseId: 1, name: 'a' },
      { id: 8, houseId: 2, name: 'b' },
    ]);
    await store.repository(houses).delete({ id: 1 });
    await past('DELETE FROM houses WHERE id = 2');
    const gone = (log: unknown[][]): unknown[][] => log.filter(([op]) => op !== 'insert');
    expect(gone(await logged('houses', 'id'))).toEqual([
      ['delete', 'store', 1],
      ['delete', 'external', 2],
    ]);
    expect(gone(await logged('rooms', 'id', 'name'))).toEqual([
      ['delete', 'store', 10, 'hall'],
      ['delete', 'external', 20, 'attic'],
    ]);
    expect(gone(await logged('chairs', 'id', 'room_id'))).toEqual([
      ['delete', 'store', 100, 10],
      ['delete', 'external', 200, 20],
    ]);
    // A log of keys alone.
    expect(gone(await logged('owners', 'id'))).toEqual([
      ['update', 'store', 7],
      ['update', 'external', 8],
    ]);
  });

  test('what another program writes is logged as external', async () => {
    const { logged, past } = await opened();
    await past("INSERT INTO houses (id, name) VALUES (1, 'one'), (2, 'two')");
    await past("UPDATE houses SET name = 'eins' WHERE id = 1");
    await past('UPDATE houses SET id = 3 WHERE id = 2');
    await past('DELETE FROM houses');
    const log = await logged('houses', 'id', 'name');
    expect(log.slice(0, 3)).toEqual([
      ['insert', 'external', 1, null],
      ['insert', 'external', 2, null],
      ['update', 'external', 1, 'one'],
    ]);
    expect(log.slice(3, 5)).toEqual(
      expect.arrayContaining([
        ['delete', 'external', 2, 'two'],
        ['insert', 'external', 3, null],
      ]),
    );
    expect(log.slice(5)).toEqual(
      expect.arrayContaining([
        ['delete', 'external', 1, 'eins'],
        ['delete', 'external', 3, 'two'],
      ]),
    );
  });

  test('who, by which way and why stand in the journal, once for each transaction', async () => {
    const { store } = await opened();
    const origin = { actor: 'ann', via: 'cli', request: 'r1', reason: 'to see' };
    await store.as(origin, () =>
      store.transaction(async (transaction) => {
        await transaction.repository(houses).insert(house(1));
        await transaction.repository(rooms).insert({ id: 1, houseId: 1, name: 'hall' });
      }),
    );
    await store.as({ actor: 'bob', source: 'lab' }, () =>
      store.repository(houses).update({ id: 1 }, { size: 1n }),
    );
    await store.kysely.updateTable('houses').set({ name: 'k' }).where('id', '=', 1).execute();
    const { items } = await store.repository(journal).list({ orderBy: [['at', 'asc']] });
    expect(items).toMatchObject([
      origin,
      { actor: 'bob', via: 'app', source: 'lab' },
      { actor: 'app', via: 'app' },
    ]);
    for (const { startedAt, at } of items) expect(at).toBeGreaterThanOrEqual(startedAt);
  });

  test('a transaction that changes nothing tracked leaves nothing in the journal', async () => {
    const { store } = await opened();
    await store.transaction(async (transaction) => {
      await transaction.repository(houses).get({ id: 1 });
    });
    expect(await store.repository(journal).count()).toBe(0);
  });

  test('doctor finds nothing to mend', async () => {
    const { store } = await opened();
    expect((await store.doctor()).filter(({ code }) => !code.startsWith('SETTING'))).toEqual([]);
  });

  test('a database made anew captures again', async () => {
    const { store, logged } = await opened();
    const { resetStore } = await import('@holdfast/core');
    await store.repository(houses).insert(house(1));
    await resetStore(store as unknown as Store);
    await store.repository(houses).insert(house(2));
    expect(await logged('houses', 'id')).toEqual([['insert', 'store', 2]]);
  });

  test('changes are read from where reading stopped, each once', async () => {
    const { store } = await opened();
    const specs = [houses.spec, rooms.spec];
    const read = async (position?: string) => {
      const reading = await store.engine.changes(specs, position);
      const ids: number[] = [];
      for await (const { rows } of reading.chunks) for (const row of rows) ids.push(Number(row[4]));
      const { position: next } = reading;
      await reading.close();
      return { ids, next };
    };
    await store.repository(houses).insertMany([house(1), house(2)]);
    const first = await read();
    expect(first.ids).toEqual([1, 2]);
    expect((await read(first.next)).ids).toEqual([]);
    await store.repository(houses).update({ id: 2 }, { name: 'zwei' });
    await store.repository(rooms).insert({ id: 9, houseId: 1, name: 'hall' });
    const second = await read(first.next);
    expect(second.ids).toEqual([2, 9]);
    expect((await read(second.next)).ids).toEqual([]);
    // An older position still gives what came after it.
    expect((await read(first.next)).ids).toEqual([2, 9]);
  });

  test('a history of any length is read in chunks, and one that was not read to its end is given again', async () => {
    const { store } = await opened();
    const rows = Array.from({ length: 5_000 }, (_, id) => house(id));
    await store.repository(houses).insertMany(rows);
    const broken = await store.engine.changes([houses.spec]);
    for await (const chunk of broken.chunks) {
      expect(chunk.rows.length).toBeLessThanOrEqual(2_000);
      break;
    }
    await broken.close();
    const whole = await store.engine.changes([houses.spec]);
    const sizes: number[] = [];
    for await (const chunk of whole.chunks) sizes.push(chunk.rows.length);
    await whole.close();
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2_000);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(5_000);
  });
});
