// A connection that is lost in any phase is told by name, leaves nothing behind, and is replaced for what follows.

import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  admin,
  databaseOf,
  line,
  open,
  refusal,
  scratchUrl,
  terminate,
  things,
  withoutServer,
} from './test-store.ts';

const rows = Array.from({ length: 30_000 }, (_, id) => ({ id, name: 'x'.repeat(50) }));

/** Waits until a statement with this text runs. */
async function running(url: string, text: string): Promise<void> {
  const sql = `SELECT count(*) FROM information_schema.processlist
    WHERE db = '${databaseOf(url)}' AND info LIKE '%${text}%' AND id <> connection_id()`;
  while (Number((await admin(sql))[0]![0]) === 0);
}

describe.skipIf(withoutServer)('a lost connection', () => {
  test('while idle: reads do not notice, writes at most once', async () => {
    const url = await scratchUrl();
    const store = await open(url);
    await store.repository(things).insert({ id: 1, name: 'one' });
    await terminate(url);
    expect(await store.repository(things).get({ id: 1 })).toEqual({ id: 1, name: 'one' });
    await terminate(url);
    await wait(50);
    await store.repository(things).upsert({ id: 1, name: 'two' });
    expect(await store.repository(things).get({ id: 1 })).toEqual({ id: 1, name: 'two' });
  });

  test('while a statement runs, ended by an administrator', async () => {
    const url = await scratchUrl();
    const store = await open(url);
    const work = store.transaction(async ({ session }) => {
      await session.run({ sql: `INSERT INTO things (id, name) VALUES (7, 'x')` }, []);
      await session.all({ sql: 'SELECT sleep(30)' }, []);
    });
    const said = refusal(work);
    await running(url, 'sleep');
    await terminate(url);
    expect(await said).toMatchObject({ code: 'DATABASE_UNREACHABLE', exit: 1, status: 503 });
    expect(await store.repository(things).count()).toBe(0);
  });

  test('a statement alone is ended by an administrator: the connection goes on', async () => {
    const url = await scratchUrl();
    const store = await open(url);
    await store.transaction(async (tx) => {
      await tx.repository(things).insert({ id: 1 });
      const said = refusal(tx.session.all({ sql: 'SELECT sleep(30) FROM things' }, []));
      await running(url, 'sleep');
      const [[id]] = (await admin(
        `SELECT id FROM information_schema.processlist WHERE db = '${databaseOf(url)}' AND info LIKE '%sleep(30)%' AND id <> connection_id()`,
      )) as [[number]];
      await admin(`KILL QUERY ${id}`);
      expect((await said).code).toBe('DATABASE_BUSY');
    });
    expect(await store.repository(things).count()).toBe(1);
  });

  test('inside a transaction between two statements: nothing of it stays', async () => {
    const url = await scratchUrl();
    const store = await open(url);
    const work = store.transaction(async (tx) => {
      await tx.repository(things).insert({ id: 1 });
      await terminate(url);
      await wait(50);
      await tx.repository(things).insert({ id: 2 });
    });
    expect((await refusal(work)).code).toMatch(/^DATABASE_(UNREACHABLE|FAILED)$/);
    expect(await store.repository(things).count()).toBe(0);
    await store.transaction((tx) => tx.repository(things).insert({ id: 3 }));
    expect(await store.repository(things).count()).toBe(1);
  });

  test.for([
    ['a read', 'SELECT', (store) => store.repository(things).get({ id: 1 })],
    ['a write', 'INSERT', (store) => store.repository(things).insert({ id: 2 })],
    ['a bulk', 'INSERT', (store) => store.repository(things).insertMany(rows)],
    ['a stream', 'SELECT', (store) => store.repository(things).stream().next()],
    [
      'a transaction',
      'INSERT',
      (store) => store.transaction(async (tx) => tx.repository(things).insert({ id: 2 })),
    ],
    [
      'a query',
      'select',
      (store) =>
        store.kysely
          .selectFrom('things' as never)
          .selectAll()
          .execute(),
    ],
  ] as readonly (readonly [string, string, (store: Awaited<ReturnType<typeof open>>) => Promise<unknown>])[])(
    'the line is cut in %s',
    async ([, text, work]) => {
      const { url, cutAt, restore } = await line();
      const store = await open(url);
      await store.repository(things).insert({ id: 1 });
      await store.close();
      const again = await open(url);
      cutAt(text);
      expect(await refusal(work(again))).toMatchObject({
        code: 'DATABASE_UNREACHABLE',
        message: expect.stringContaining(again.engine.location),
        hint: expect.stringContaining('host and port'),
      });
      await restore();
      expect(await again.repository(things).count()).toBe(1);
      await again.repository(things).insert({ id: 2 });
    },
  );

  test('while many rows are written: none of them stays', async () => {
    const url = await scratchUrl();
    const store = await open(url);
    for (const call of ['insertMany', 'upsertMany'] as const) {
      let killed: Promise<unknown> | undefined;
      const work = store.repository(things)[call](rows, {
        onProgress() {
          killed ??= terminate(url);
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
    const url = await scratchUrl();
    const store = await open(url);
    // More than the buffers of the line hold.
    await store.repository(things).insertMany(rows.map(({ id }) => ({ id, name: 'x'.repeat(1_000) })));
    const stream = store.repository(things).stream({ batch: 10 });
    await stream.next();
    await terminate(url);
    const read = async () => {
      for await (const row of stream) void row;
    };
    expect((await refusal(read())).code).toBe('DATABASE_UNREACHABLE');
    expect(await store.repository(things).count()).toBe(rows.length);
  });

  test('during COMMIT: it is said that the outcome is not known', async () => {
    const { url, cutAt, restore } = await line();
    const store = await open(url);
    cutAt('COMMIT');
    const error = await refusal(store.transaction((tx) => tx.repository(things).insert({ id: 1 })));
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(error.message).toContain('not known');
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
    const store = await open(await scratchUrl());
    await store.repository(things).insert({ id: 1 });
    const all = () => store.engine.read((session) => session.all({ sql: 'SELECT * FROM things' }, []));
    for (let time = 0; time < 3; time++) expect(await all()).toEqual([[1, '-']]);
    await store.engine.autocommit((session) => session.exec('ALTER TABLE things ADD COLUMN extra text'));
    expect(await all()).toEqual([[1, '-', null]]);
  });
});

describe.skipIf(withoutServer)('a stream', () => {
  test('that is left early does not stay on the server', async () => {
    const url = await scratchUrl();
    const store = await open(url);
    await store.repository(things).insertMany(rows.map(({ id }) => ({ id, name: 'x'.repeat(500) })));
    const stream = store.repository(things).stream({ batch: 10 });
    await stream.next();
    await stream.return(undefined);
    const sql = `SELECT count(*) FROM information_schema.processlist
      WHERE db = '${databaseOf(url)}' AND info LIKE '%things%' AND id <> connection_id()`;
    while (Number((await admin(sql))[0]![0]) > 0);
    expect(await store.repository(things).count()).toBe(rows.length);
  });

  test('inside a transaction gives way to other statements, and goes on where it was', async () => {
    const store = await open(await scratchUrl());
    await store.repository(things).insertMany(rows);
    const seen = await store.transaction(async (tx) => {
      const ids: number[] = [];
      for await (const batch of tx.repository(things).stream({ batch: 1_000 })) {
        ids.push(...batch.map(({ id }) => id));
        const { id } = batch[0]!;
        if (id % 7_000 === 0) await tx.repository(things).upsert({ id, name: 'changed' });
        if (id === 9_000) expect(await tx.repository(things).count({ name: 'changed' })).toBe(2);
        if (id === 12_000) await tx.repository(things).insertMany([{ id: 40_000 }, { id: 40_001 }]);
        if (id === 20_000) await refusal(tx.repository(things).insert({ id: 1 }));
      }
      return ids;
    });
    expect(seen.slice(0, rows.length)).toEqual(rows.map(({ id }) => id));
    expect(await store.repository(things).count({ name: 'changed' })).toBe(5);
  });

  test('two of them in one transaction, and one that is left early', async () => {
    const store = await open(await scratchUrl());
    await store.repository(things).insertMany(rows);
    await store.transaction(async (tx) => {
      const [one, two] = [0, 1].map(() => tx.repository(things).stream({ batch: 100 }));
      const read = async (stream: typeof one) => ((await stream!.next()).value as { id: number }[])[0]!.id;
      for (let id = 0; id < 10_000; id += 100) expect([await read(one), await read(two)]).toEqual([id, id]);
      await one!.return(undefined);
      expect(await read(two)).toBe(10_000);
      await tx.repository(things).insert({ id: 50_000 });
      expect(await read(two)).toBe(10_100);
    });
    expect(await store.repository(things).count()).toBe(rows.length + 1);
  });
});
