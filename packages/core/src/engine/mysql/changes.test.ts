// Readers of changes among many writers: each change that was committed is given to every reader, and given once; a
// reader that dies before it has stored what it read is given it again, and one that dies after it is not.

import { setTimeout as wait } from 'node:timers/promises';
import driver from 'mysql2/promise';
import { describe, expect, onTestFinished, test } from 'vitest';
import { int, text } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';
import type { Store } from '../../store/open-store.ts';
import type { ChangeChunk } from '../engine.ts';
import { admin, open, scratchUrl, withoutServer } from './test-store.ts';

const things = table('things', { id: int(), name: text(64) }, { key: ['id'], history: 'versions' });
const parts = table(
  'parts',
  { id: int(), thing: int().references(things, 'id', 'cascade') },
  { key: ['id'], history: 'keys' },
);
const tables = [things, parts];
const specs = tables.map(({ spec }) => spec);

/** A reader with what it has stored. */
class Reader {
  readonly #store: Store;
  readonly seen: string[] = [];
  position: string | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** @param dies after having read, before it has stored that */
  async read(dies?: 'read'): Promise<number> {
    const reading = await this.#store.engine.changes(specs, this.position);
    const rows: string[] = [];
    for await (const chunk of reading.chunks)
      for (const [seq] of chunk.rows) rows.push(`${chunk.table.name} ${seq}`);
    if (dies === undefined) {
      this.seen.push(...rows);
      this.position = reading.position;
    }
    await reading.close();
    return rows.length;
  }
}

async function logged(url: string): Promise<string[]> {
  const rows = await admin(
    `SELECT concat('things ', journal_seq) FROM things_history UNION ALL SELECT concat('parts ', journal_seq) FROM parts_history`,
    url,
  );
  return rows.map(([name]) => String(name));
}

const twice = (names: readonly string[]): number => names.length - new Set(names).size;

describe.skipIf(withoutServer)('changes', () => {
  test('sixteen writers and two readers', async () => {
    const url = await scratchUrl({ pool_max: 24 });
    const store = await open(url, { tables });
    const external = await driver.createConnection({
      uri: url.replace(/\?.*/, ''),
      multipleStatements: true,
    });
    onTestFinished(() => external.end());
    let committed = 0;
    const write = async (writer: number): Promise<void> => {
      for (let round = 0; round < 40; round++) {
        const id = writer * 1_000 + round;
        const kind = (writer * 7 + round * 3) % 10;
        const work = store.transaction(
          async (transaction) => {
            const own = transaction.repository(things);
            await own.insert({ id, name: 'a' });
            await transaction
              .repository(parts)
              .insertMany([1, 2].map((part) => ({ id: id * 10 + part, thing: id })));
            if (kind < 4) await wait(kind * 5);
            await transaction
              .savepoint(async () => {
                await own.update({ id }, { name: 'b' });
                if (kind % 3 === 0) throw new Error('undone');
              })
              .catch(() => undefined);
            if (kind === 9) throw new Error('rolled back');
          },
          { blind: true },
        );
        const done = await work.then(
          () => true,
          () => false,
        );
        if (!done) continue;
        committed += 3 + (kind % 3 === 0 ? 0 : 1);
        if (round % 4 === 0) {
          await store.repository(things).delete({ id });
          committed += 3;
        }
      }
    };
    let writing = true;
    const [exact, slow] = [new Reader(store), new Reader(store)];
    const poll = async (reader: Reader, pause: number): Promise<void> => {
      for (let turn = 1; writing; turn++) {
        await reader.read(turn % 3 === 0 ? 'read' : undefined);
        await wait(pause);
      }
    };
    const past = async (): Promise<void> => {
      for (let id = 900_000; writing; id++) {
        await external.query(`INSERT INTO things VALUES (${id}, 'x'); DELETE FROM things WHERE id = ${id}`);
        committed += 2;
        await wait(20);
      }
    };
    const others = Promise.all([poll(exact, 5), poll(slow, 50), past()]);
    await Promise.all(Array.from({ length: 16 }, (_, writer) => write(writer + 1)));
    writing = false;
    await others;
    const all = await logged(url);
    expect(all).toHaveLength(committed);
    for (const reader of [exact, slow]) {
      await reader.read();
      expect(twice(reader.seen)).toBe(0);
      expect(reader.seen.toSorted()).toEqual(all.toSorted());
      expect(await reader.read()).toBe(0);
    }
    const late = new Reader(store);
    expect(await late.read()).toBe(committed);
    expect(
      await admin(
        'SELECT count(*) FROM things_history WHERE journal_mark IS NULL OR journal_mark > 1000000',
        url,
      ),
    ).toEqual([[0]]);
  });

  test('what was committed while its number was passed by is given later', async () => {
    const url = await scratchUrl();
    const store = await open(url, { tables });
    const [one, other] = [new Reader(store), new Reader(store)];
    const external = await driver.createConnection({ uri: url, multipleStatements: true });
    onTestFinished(() => external.end());
    await external.query("START TRANSACTION; INSERT INTO things VALUES (1, 'early')");
    await store.repository(things).insert({ id: 2, name: 'late' });
    expect([await one.read(), await other.read('read')]).toEqual([1, 1]);
    await external.query('COMMIT');
    expect(await one.read()).toBe(1);
    expect(await other.read()).toBe(2);
    expect([await one.read(), await other.read()]).toEqual([0, 0]);
  });

  test('readers that overlap: whoever stamps first, each sees what the other saw, and nothing twice', async () => {
    const url = await scratchUrl();
    const store = await open(url, { tables });
    const begin = async (position?: string) => {
      const reading = await store.engine.changes(specs, position);
      const chunks = reading.chunks[Symbol.asyncIterator]();
      const first = (await chunks.next()).value as ChangeChunk | undefined;
      const ids = first?.rows.map((row) => Number(row[4])) ?? [];
      // Until it is asked for more it has stamped nothing.
      const end = async (): Promise<string> => {
        expect((await chunks.next()).done).toBe(true);
        return reading.position;
      };
      return { ids, end };
    };
    const idsAfter = async (position: string) => {
      const { ids, end } = await begin(position);
      await end();
      return ids;
    };
    const insert = (id: number) => store.repository(things).insert({ id, name: 'x' });
    await insert(1);
    const early = await begin();
    await insert(2);
    const late = await begin();
    expect([early.ids, late.ids]).toEqual([[1], [1, 2]]);
    const behindLate = await late.end();
    const behindEarly = await early.end();
    expect(await idsAfter(behindEarly)).toEqual([2]);
    expect(await idsAfter(behindLate)).toEqual([]);
    await insert(3);
    expect(await idsAfter(behindEarly)).toEqual([2, 3]);
    expect(await idsAfter(behindLate)).toEqual([3]);
  });

  test('a reading that is left in its middle gives its connection back', async () => {
    const store = await open(await scratchUrl({ pool_max: 2, acquire_timeout: '2s' }), { tables });
    const many = Array.from({ length: 5_000 }, (_, id) => ({ id, name: 'x' }));
    await store.repository(things).insertMany(many);
    for (let turn = 0; turn < 5; turn++) {
      const reading = await store.engine.changes(specs);
      for await (const { rows } of reading.chunks) {
        expect(rows).toHaveLength(2_000);
        break;
      }
      await reading.close();
    }
    const reader = new Reader(store);
    expect(await reader.read()).toBe(5_000);
    expect(await reader.read()).toBe(0);
  });
});
