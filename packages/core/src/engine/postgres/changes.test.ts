// The reader of changes: each change exactly once and each transaction whole, however the writers overlap.

import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { int, text } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';
import { snapshotOf } from './changes.ts';
import { admin, open, refusal, schemaOf, scratchUrl, withoutServer } from './test-store.ts';

const things = table('things', { id: int(), name: text(20) }, { key: ['id'], history: 'versions' });
const marks = table('marks', { id: int(), name: text(20) }, { key: ['id'], history: 'keys' });
const tables = [things, marks];
const specs = tables.map(({ spec }) => spec);

async function opened() {
  const url = scratchUrl();
  const store = await open(url, { tables });
  /** Changes after a position, as `table seq`. */
  const read = async (position?: string): Promise<{ readonly changes: string[]; readonly next: string }> => {
    const reading = await store.engine.changes(specs, position);
    const changes: string[] = [];
    try {
      for await (const { table, rows } of reading.chunks)
        for (const [seq] of rows) changes.push(`${table.name} ${seq}`);
      return { changes, next: reading.position };
    } finally {
      await reading.close();
    }
  };
  return { url, store, read };
}

const writers = 16;
const transactionsEach = 40;

/** Commits, rolls back, undoes savepoints and lies in wait, each by chance. @returns changes that were committed */
async function write(url: string, writer: number): Promise<number> {
  const { hostname, port, username, pathname } = new URL(url);
  const client = new pg.Client({
    ...{ host: hostname, port: Number(port), user: username, database: pathname.slice(1) },
    options: `-c search_path=${schemaOf(url)}`,
  });
  await client.connect();
  let committed = 0;
  const chance = (percent: number): boolean => Math.random() * 100 < percent;
  const insert = async (table: string, from: number, count: number): Promise<number> => {
    const sql = `INSERT INTO ${table} SELECT g, 'new' FROM generate_series($1::int, $2::int) AS g`;
    return (await client.query(sql, [from, from + count - 1])).rowCount!;
  };
  for (let at = 0; at < transactionsEach; at++) {
    const first = (writer * transactionsEach + at) * 100;
    await client.query('BEGIN');
    let changed = await insert('things', first, 5);
    if (chance(30)) await wait(Math.random() * 20);
    await client.query('SAVEPOINT s');
    const inside = await insert('marks', first, 3);
    if (chance(30)) await client.query('ROLLBACK TO SAVEPOINT s');
    else changed += inside;
    const { rowCount } = await client.query('UPDATE things SET name = $1 WHERE id >= $2 AND id < $2 + 2', [
      `${at}`,
      first,
    ]);
    changed += rowCount!;
    if (chance(50))
      changed += (await client.query('DELETE FROM things WHERE id = $1', [first + 4])).rowCount!;
    const keeps = !chance(10);
    await client.query(keeps ? 'COMMIT' : 'ROLLBACK');
    if (keeps) committed += changed;
  }
  await client.end();
  return committed;
}

describe.skipIf(withoutServer)('changes', () => {
  test(`${writers} writers and a reader: none missed, none twice, no transaction torn`, async () => {
    const { url, read } = await opened();
    const readings: string[][] = [];
    let position: string | undefined;
    const poll = async (): Promise<void> => {
      const { changes, next } = await read(position);
      readings.push(changes);
      position = next;
    };
    const running = Promise.all(Array.from({ length: writers }, (_, writer) => write(url, writer)));
    let done = false;
    const ended = running.finally(() => {
      done = true;
    });
    while (!done) {
      await poll();
      await wait(5);
    }
    const committed = (await ended).reduce((sum, count) => sum + count, 0);
    await poll();
    const logged = await admin(
      `SELECT 'things ' || journal_seq, journal_mark FROM things_history
        UNION ALL SELECT 'marks ' || journal_seq, journal_mark FROM marks_history`,
      url,
    );
    expect(logged).toHaveLength(committed);
    expect(readings.flat().toSorted()).toEqual(logged.map(([change]) => change).toSorted());
    const markOf = new Map(logged.map(([change, mark]) => [change, mark]));
    const wholes = readings.map((changes) => new Set(changes.map((change) => markOf.get(change))));
    const transactions = new Set(logged.map(([, mark]) => mark)).size;
    expect(wholes.reduce((sum, { size }) => sum + size, 0)).toBe(transactions);
    expect(readings.filter((changes) => changes.length > 0).length).toBeGreaterThan(2);
  });

  test('a transaction that began before a reading and commits after it comes with the next', async () => {
    const { url, store, read } = await opened();
    await store.repository(things).insert({ id: 1, name: 'a' });
    const readings = await store.transaction(
      async ({ repository }) => {
        await repository(things).insert({ id: 2, name: 'b' });
        await admin(`INSERT INTO things VALUES (3, 'c')`, url);
        const before = await read();
        await repository(things).insert({ id: 4, name: 'd' });
        return [before, await read(before.next)];
      },
      { blind: true },
    );
    expect(readings.map(({ changes }) => changes)).toEqual([['things 1', 'things 3'], []]);
    expect((await read(readings[1]!.next)).changes).toEqual(['things 2', 'things 4']);
    expect((await read(readings[0]!.next)).changes).toEqual(['things 2', 'things 4']);
  });

  test('rows come as the engine stores them: journal columns, then the key', async () => {
    const { store } = await opened();
    await store.repository(marks).insert({ id: 7, name: 'a' });
    const reading = await store.engine.changes(specs);
    const chunks: unknown[] = [];
    for await (const chunk of reading.chunks) chunks.push(chunk);
    await reading.close();
    expect(chunks).toMatchObject([
      { table: { name: 'marks' }, rows: [[1n, expect.any(String), 1n, expect.any(BigInt), 7n]] },
    ]);
  });

  test('what is larger than a chunk comes in several, in order; left early, the connection is given back', async () => {
    const { store, read } = await opened();
    await store
      .repository(things)
      .insertMany(Array.from({ length: 4_500 }, (_, id) => ({ id, name: `${id}` })));
    const { changes } = await read();
    expect(changes).toEqual(Array.from({ length: 4_500 }, (_, at) => `things ${at + 1}`));
    for (let times = 0; times < 12; times++) {
      const reading = await store.engine.changes(specs);
      expect(() => reading.position).toThrow(/not read to their end/);
      if (times % 2 === 0) for await (const _ of reading.chunks) break;
      await reading.close();
    }
    expect(await store.repository(things).count()).toBe(4_500);
  });

  test('a position of another course, or none at all, is refused', async () => {
    const { store, read } = await opened();
    const { next } = await read();
    const [course, snapshot] = next.split('/') as [string, string];
    expect(snapshotOf(next, course)).toBe(snapshot);
    for (const [wrong, of] of [
      ['', course],
      [snapshot, course],
      [`${course}/1:2`, course],
      [`${course}/1:2:x`, course],
      [next, `${course}0`],
    ] as const)
      expect(() => snapshotOf(wrong, of)).toThrow(expect.objectContaining({ code: 'CURSOR_INVALID' }));
    const failed = await refusal(store.engine.changes(specs, `1.1.00000001/${snapshot}`));
    expect(failed.code).toBe('CURSOR_INVALID');
    // The connection is free again.
    for (let times = 0; times < 12; times++) await refusal(store.engine.changes(specs, 'x'));
    expect(await store.repository(things).count()).toBe(0);
  });
});
