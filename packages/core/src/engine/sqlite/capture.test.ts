// Capture where SQLite is like no other: records that a statement takes away without a word, and a clock of its own.

import { describe, expect, test } from 'vitest';
import { listAsOf, listHistory } from '../../history/history.ts';
import { int, text } from '../../schema/column.ts';
import { now } from '../../schema/instant.ts';
import { table } from '../../schema/table.ts';
import type { Store } from '../../store/open-store.ts';
import { bare, open, scratchPath } from './test-store.ts';

const names = table('names', { id: int(), name: text(16).unique() }, { key: ['id'], history: 'versions' });
const resources = [{ name: 'test.name', table: names, summary: ['name'] }];

async function opened() {
  const path = scratchPath();
  const store = await open(path, { tables: [names] });
  return { store, past: bare(path), repository: store.repository(names) };
}

/** Operations and ids after a position. */
async function read({ engine }: Store, position?: string) {
  const reading = await engine.changes([names.spec], position);
  const changes: string[] = [];
  for await (const { rows } of reading.chunks)
    for (const [, , op, txn, id] of rows)
      changes.push(
        `${['', 'insert', 'update', 'delete'][Number(op)]} ${id}${txn === null ? '' : ' by the store'}`,
      );
  await reading.close();
  return { changes, position: reading.position };
}

describe('a statement of its own on the connection of the store', () => {
  test.each(['REPLACE INTO', 'INSERT OR REPLACE INTO'])(
    '%s tells of every record that it takes away',
    async (replace) => {
      const { store, repository } = await opened();
      await repository.insertMany([1, 2, 3].map((id) => ({ id, name: `n${id}` })));
      const { position } = await read(store);
      await store.transaction(async ({ session }) => {
        await session.run({ sql: `${replace} names (id, name) VALUES (1, 'n2')` }, []);
      });
      const { changes } = await read(store, position);
      expect(changes.toSorted()).toEqual([
        'delete 1 by the store',
        'delete 2 by the store',
        'insert 1 by the store',
      ]);
    },
  );
});

describe('past the store', () => {
  test('changes before one that was ignored are not passed over', async () => {
    const { store, past, repository } = await opened();
    await repository.insert({ id: 1, name: 'n1' });
    const { position } = await read(store);
    past.exec(`BEGIN IMMEDIATE;
      INSERT INTO names VALUES (2, 'n2');
      UPDATE names SET name = 'one' WHERE id = 1;
      INSERT OR IGNORE INTO names VALUES (3, 'n2');
      INSERT INTO names VALUES (1, 'n4') ON CONFLICT DO NOTHING;
      COMMIT`);
    const next = await read(store, position);
    expect(next.changes).toEqual(['insert 2', 'update 1']);
    expect((await read(store, next.position)).changes).toEqual([]);
    past.exec("INSERT INTO names VALUES (5, 'n5')");
    expect((await read(store, next.position)).changes).toEqual(['insert 5']);
  });

  test('a key that is set by another of its names is another record', async () => {
    const { store, past, repository } = await opened();
    await repository.insert({ id: 1, name: 'n1' });
    const { position } = await read(store);
    past.exec('UPDATE names SET rowid = 2');
    past.exec('UPDATE names SET _rowid_ = 2, name = upper(name)');
    expect((await read(store, position)).changes).toEqual(['delete 1', 'insert 2', 'update 2']);
  });

  test.each(['OFF', 'ON'])(
    'what REPLACE takes away is told once, recursive_triggers %s',
    async (recursive) => {
      const { store, past, repository } = await opened();
      await repository.insertMany([1, 2, 3, 4, 5].map((id) => ({ id, name: `n${id}` })));
      const { position } = await read(store);
      past.exec(`PRAGMA recursive_triggers = ${recursive};
      REPLACE INTO names VALUES (1, 'n2');
      UPDATE OR REPLACE names SET name = 'n4' WHERE id = 3;
      UPDATE OR REPLACE names SET id = 5 WHERE id = 3;
      UPDATE names SET name = 'last'  WHERE id = 1`);
      const { changes } = await read(store, position);
      expect(changes.slice(0, 3).toSorted()).toEqual(['delete 1', 'delete 2', 'insert 1']);
      expect(changes.slice(3, 5)).toEqual(['delete 4', 'update 3']);
      expect(changes.slice(5, 8).toSorted()).toEqual(['delete 3', 'delete 5', 'insert 5']);
      expect(changes.slice(8)).toEqual(['update 1']);
      const { items } = await listAsOf(store, names, Number(position));
      expect(items.map(({ id, name }) => `${id} ${name}`)).toEqual(['1 n1', '2 n2', '3 n3', '4 n4', '5 n5']);
      // Numbers are in the order of time.
      const log = past
        .prepare('SELECT journal_at FROM names_history WHERE journal_op < 9 ORDER BY journal_seq')
        .all();
      const instants = log.map((row) => Number(row['journal_at']));
      expect(instants).toEqual(instants.toSorted((a, b) => a - b));
    },
  );
});

describe('a clock that was set back', () => {
  test('instants go on growing, and every state that there was can be asked for', async () => {
    const { store, past, repository } = await opened();
    await repository.insert({ id: 1, name: 'before' });
    const { position } = await read(store);
    const before = now();
    // An hour ago the clock was an hour ahead.
    past.exec('UPDATE holdfast_journal_clock SET at = at + 3600000000');
    const asOf = async (at: number): Promise<string[]> =>
      (await listAsOf(store, names, at)).items.map(({ name }) => name);
    await repository.update({ id: 1 }, { name: 'by the store' });
    past.exec("UPDATE names SET name = 'past it' WHERE id = 1");
    await repository.update({ id: 1 }, { name: 'last' });
    expect((await read(store, position)).changes).toEqual([
      'update 1 by the store',
      'update 1',
      'update 1 by the store',
    ]);
    const { items } = await listHistory(store, { resources });
    const instants = items.map(({ at }) => at);
    expect(instants).toEqual(instants.toSorted((a, b) => b - a));
    expect(new Set(instants).size).toBe(4);
    const [third, second, first] = instants as [number, number, number];
    expect(first).toBeGreaterThan(now());
    expect(await asOf(before)).toEqual(['before']);
    // Of a transaction nobody saw anything before it ended, a moment after its changes.
    expect(await asOf(first)).toEqual(['before']);
    expect(await asOf(first + 1)).toEqual(['by the store']);
    expect(await asOf(second)).toEqual(['past it']);
    expect(await asOf(third + 1)).toEqual(['last']);
    await expect(asOf(third + 10_000_000)).rejects.toMatchObject({ code: 'MOMENT_INVALID' });
  });
});

test('a history that was moved here from a server keeps its transactions whole', async () => {
  const { store, past, repository } = await opened();
  await repository.insert({ id: 1, name: 'new' });
  const begun = 1_700_000_000_000_000;
  past.exec(`UPDATE holdfast_tracked_tables SET since = ${begun};
    INSERT INTO names_history (journal_seq, journal_at, journal_op, journal_txn, id, name)
      VALUES (-1, ${begun + 10}, 2, 4611686018427387904, 1, 'old');
    INSERT INTO holdfast_journal (txn, started_at, at, actor, via)
      VALUES (4611686018427387904, ${begun}, ${begun + 1000}, 'app', 'app')`);
  past.exec('DELETE FROM names_history WHERE journal_op = 1');
  const nameAt = async (at: number) => (await listAsOf(store, names, at)).items[0]?.name;
  expect(await nameAt(begun + 500)).toBe('old');
  expect(await nameAt(begun + 1000)).toBe('new');
});
