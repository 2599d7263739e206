// A connection that is lost in any phase is told by name, leaves nothing behind, and is replaced for what follows.

import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { line, open, refusal, running, scratchUrl, terminate, things, withoutServer } from './test-store.ts';

const rows = Array.from({ length: 30_000 }, (_, id) => ({ id, name: 'x'.repeat(50) }));

describe.skipIf(withoutServer)('a lost connection', () => {
  test('while idle: reads do not notice, writes at most once', async () => {
    const store = await open(scratchUrl({ application_name: 'idle' }));
    await store.repository(things).insert({ id: 1, name: 'one' });
    await terminate('idle');
    expect(await store.repository(things).get({ id: 1 })).toEqual({ id: 1, name: 'one' });
    await terminate('idle');
    await wait(50);
    await store.repository(things).upsert({ id: 1, name: 'two' });
    expect(await store.repository(things).get({ id: 1 })).toEqual({ id: 1, name: 'two' });
  });

  test('while a statement runs', async () => {
    const store = await open(scratchUrl({ application_name: 'running' }));
    const work = store.transaction(async ({ session }) => {
      await session.run({ sql: `INSERT INTO things (id, name) VALUES (7, 'x')` }, []);
      await session.all({ sql: 'SELECT pg_sleep(30)' }, []);
    });
    const said = refusal(work);
    await running('running', 'pg_sleep');
    await terminate('running');
    expect(await said).toMatchObject({ code: 'DATABASE_UNREACHABLE', exit: 1, status: 503 });
    expect(await store.repository(things).count()).toBe(0);
  });

  test('inside a transaction between two statements: nothing of it stays', async () => {
    const store = await open(scratchUrl({ application_name: 'between' }));
    const work = store.transaction(async (tx) => {
      await tx.repository(things).insert({ id: 1 });
      await terminate('between');
      await wait(50);
      await tx.repository(things).insert({ id: 2 });
    });
    expect((await refusal(work)).code).toMatch(/^DATABASE_(UNREACHABLE|FAILED)$/);
    expect(await store.repository(things).count()).toBe(0);
    await store.transaction((tx) => tx.repository(things).insert({ id: 3 }));
    expect(await store.repository(things).count()).toBe(1);
  });

  test('while many rows are written: none of them stays', async () => {
    const store = await open(scratchUrl({ application_name: 'bulk' }));
    for (const call of ['insertMany', 'upsertMany'] as const) {
      let killed: Promise<unknown> | undefined;
      const work = store.repository(things)[call](rows, {
        onProgress() {
          killed ??= terminate('bulk');
        },
      });
      // The end may come before the kill does.
      const code = await work.then(
        () => 'done',
        (error: { code?: string }) => error.code,
      );
      await killed;
      expect(['done', 'DATABASE_UNREACHABLE']).toContain(code);
      expect(await store.repository(things).count()).toBe(code === 'done' ? rows.length : 0);
      await store.repository(things).deleteMany({});
    }
  });

  test('while a stream is read', async () => {
    const store = await open(scratchUrl({ application_name: 'stream' }));
    await store.repository(things).insertMany(rows);
    const stream = store.repository(things).stream({ batch: 10 });
    await stream.next();
    await terminate('stream');
    await wait(50);
    expect((await refusal(stream.next())).code).toBe('DATABASE_UNREACHABLE');
    expect(await store.repository(things).count()).toBe(rows.length);
  });

  test('during COMMIT: it is said that the outcome is not known', async () => {
    const { url, cutAt, restore, cut } = await line();
    await (await open(url)).close();
    // On a new connection COMMIT is still sent as text.
    const store = await open(url);
    cutAt('COMMIT');
    const error = await refusal(store.transaction((tx) => tx.repository(things).insert({ id: 1 })));
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(error.message).toContain('not known');
    await cut();
    await restore();
    expect(await store.repository(things).count()).toBe(0);
  });

  test('a server that goes away and comes back', async () => {
    const { url, cut, restore } = await line({ connect_timeout: '30s' });
    const store = await open(url);
    await store.repository(things).insert({ id: 1 });
    await cut();
    for (const call of [
      () => store.repository(things).get({ id: 1 }),
      () => store.repository(things).insert({ id: 2 }),
      () => store.repository(things).insertMany(rows),
      () => store.transaction(async (tx) => tx.repository(things).insert({ id: 2 })),
      () => store.repository(things).stream().next(),
      () => store.kysely.selectFrom('things' as never).execute(),
      () => store.doctor(),
    ])
      expect(await refusal(call)).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    await restore();
    await store.repository(things).insert({ id: 2 });
    expect(await store.repository(things).count()).toBe(2);
    expect(await store.doctor()).toEqual([]);
  });

  test('a changed table does not trouble statements that were prepared before', async () => {
    const url = scratchUrl();
    const store = await open(url);
    await store.repository(things).insert({ id: 1 });
    const all = () => store.engine.read((session) => session.all({ sql: 'SELECT * FROM things' }, []));
    for (let time = 0; time < 3; time++) expect(await all()).toEqual([[1, '-']]);
    await store.engine.autocommit((session) => session.exec('ALTER TABLE things ADD COLUMN extra text'));
    const code = await all().then(
      () => 'done',
      (error: { code?: string }) => error.code,
    );
    expect(['done', 'TRANSACTION_CONFLICT']).toContain(code);
    expect(await all()).toEqual([[1, '-', null]]);
  });
});
