// An open database has the settings that safety asks for; one that cannot be written or had is refused by name.

import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connectSqlite } from './connect.ts';
import { bare, contents, makeDatabase, open, refusal, scratchPath, things } from './test-store.ts';

describe('settings in force', () => {
  test('the log is written ahead, commits are flushed, references are kept', async () => {
    const store = await open(scratchPath());
    const asked = await store.transaction(({ session }) =>
      Promise.all(
        ['journal_mode', 'synchronous', 'foreign_keys', 'trusted_schema', 'cache_size', 'busy_timeout'].map(
          async (name) => (await session.get({ sql: `PRAGMA ${name}` }, []))?.[0],
        ),
      ),
    );
    expect(asked).toEqual(['wal', 2, 1, 0, -16_384, 0]);
  });

  test('the strictest flushing can be asked for', async () => {
    const engine = await connectSqlite(`sqlite:${scratchPath()}?synchronous=extra&cache_size=100`);
    const asked = await engine.autocommit((session) => session.get({ sql: 'PRAGMA synchronous' }, []));
    expect(asked).toEqual([3]);
    await engine.close();
  });

  test('a reading connection cannot write', async () => {
    const store = await open(scratchPath());
    const write = store.engine.read((session) => session.exec(`INSERT INTO things VALUES (1, 'a')`));
    expect((await refusal(write)).code).toBe('DATABASE_READ_ONLY');
  });

  test('a text in double quotes is a name, never a text', async () => {
    const store = await open(scratchPath());
    const query = store.engine.read((session) =>
      session.all({ sql: 'SELECT "no_such_column" FROM things' }, []),
    );
    expect((await refusal(query)).code).toBe('SCHEMA_DRIFTED');
  });

  test('closing folds the log into the file', async () => {
    const path = await makeDatabase();
    expect(Object.keys(contents(dirname(path)))).toEqual(['test.db']);
  });

  test('stats say what it is and how large', async () => {
    const store = await open(await makeDatabase());
    const stats = await store.stats();
    expect(stats).toMatchObject({ engine: 'sqlite', settings: { journal_mode: 'wal', foreign_keys: 1 } });
    expect(stats.version).toMatch(/^3\.\d+\.\d+$/);
    expect(stats.sizeBytes).toBeGreaterThan(4_096);
    const rows = stats.tables.filter((table) => table.rows > 0);
    expect(rows).toEqual([
      { table: 'holdfast_migrations', rows: 4 },
      { table: 'holdfast_tracked_tables', rows: expect.any(Number) },
      { table: 'things', rows: 1 },
    ]);
  });
});

describe('a database that cannot be written', () => {
  test('is refused before anything is done, whoever asks', async () => {
    const path = await makeDatabase();
    chmodSync(path, 0o444);
    const before = contents(dirname(path));
    const error = await refusal(open(path));
    expect(error).toMatchObject({ code: 'DATABASE_READ_ONLY', exit: 3 });
    expect(error.message).toContain(path);
    expect(contents(dirname(path))).toEqual(before);
    chmodSync(path, 0o644);
    expect(await (await open(path)).repository(things).count()).toBe(1);
  });
});

describe('a database that another process has for itself', () => {
  test('is busy, and can be opened when it is let go', async () => {
    const path = await makeDatabase();
    const other = bare(path);
    other.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN IMMEDIATE; UPDATE things SET name = name; COMMIT');
    expect(await refusal(open(path))).toMatchObject({ code: 'DATABASE_BUSY', exit: 6 });
    other.close();
    expect(await (await open(path)).repository(things).count()).toBe(1);
  });

  test('opens as soon as it is let go within the time to wait', async () => {
    const path = await makeDatabase();
    const other = bare(path);
    other.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN IMMEDIATE; UPDATE things SET name = name; COMMIT');
    const opening = open(path, { busyTimeoutMs: 20_000 });
    setTimeout(() => other.close(), 30);
    expect(await (await opening).repository(things).count()).toBe(1);
  });
});

describe('a database that changes under an open store', () => {
  test('a table dropped by another program is named as drift', async () => {
    const path = await makeDatabase();
    const store = await open(path);
    const repository = store.repository(things);
    await repository.list();
    bare(path).exec('DROP TABLE things');
    for (const call of [
      () => repository.list(),
      () => repository.get({ id: 1 }),
      () => repository.insert({ id: 2 }),
    ])
      expect(await refusal(call)).toMatchObject({ code: 'SCHEMA_DRIFTED', exit: 5 });
  });

  test('a column dropped by another program is named as drift', async () => {
    const path = await makeDatabase();
    const store = await open(path);
    bare(path).exec('ALTER TABLE things DROP COLUMN name');
    const repository = store.repository(things);
    for (const call of [() => repository.list(), () => repository.insert({ id: 2, name: 'x' })])
      expect((await refusal(call)).code).toBe('SCHEMA_DRIFTED');
  });
});
