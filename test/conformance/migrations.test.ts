// Migrations: applied once and in order, recorded with their checksum, all or none, and never by a program that
// knows less than the database.

import { type Domain, int, type Migration, type Store, table, text } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { engines, type TestEngine } from '../engines.ts';
import { baselineOf, domainOf } from './domain.ts';
import { start } from './processes.ts';
import { refusal } from './refusal.ts';

const first = table('first', { id: int(), name: text().default('-') }, { key: ['id'] });
const second = table('second', { id: int() }, { key: ['id'] });
const statements = (...sql: string[]) => ({ sql: { sqlite: sql, postgres: sql, mysql: sql } });

const domain = (tables: readonly (typeof first | typeof second)[], ...migrations: Migration[]): Domain => ({
  ...domainOf(...tables),
  migrations,
});
const addsSecond: Migration = { id: '0002-second', steps: [{ createTables: [second.spec] }] };
const older = domain([first], baselineOf(first));
const newer = domain([first, second], baselineOf(first), addsSecond);

const system = ['system/0001-baseline', 'system/0002-accounts-and-work', 'system/0003-history'];
const applied = async (store: Store): Promise<string[]> => {
  const rows = await store.kysely
    .selectFrom('holdfast_migrations' as never)
    .select(['domain', 'id', 'applied_at'] as never)
    .orderBy('domain' as never)
    .orderBy('id' as never)
    .execute();
  return (rows as { domain: string; id: string }[]).map((row) => `${row.domain}/${row.id}`);
};

const open = (engine: TestEngine, url: string, ...domains: Domain[]) =>
  engine.open({ url, domains }) as unknown as Promise<Store>;

describe.each(engines)('$name', (engine) => {
  test('a new database gets everything, and is as declared', async () => {
    const store = await open(engine, await engine.url(), newer);
    expect(await applied(store)).toEqual([...system, 'test/0001-baseline', 'test/0002-second']);
    expect(await store.doctor()).toEqual([]);
    expect(await store.check()).toEqual([]);
  });

  test('opening again applies nothing', async () => {
    const url = await engine.url();
    await (await open(engine, url, newer)).close();
    const read = () => engine.query(url, 'SELECT * FROM holdfast_migrations ORDER BY domain, id');
    const before = await read();
    await (await open(engine, url, newer)).close();
    expect(await read()).toEqual(before);
  });

  test('an older database gets what it lacks, and keeps its records', async () => {
    const url = await engine.url();
    const before = await open(engine, url, older);
    await before.repository(first).insert({ id: 1, name: 'kept' });
    await before.close();
    const after = await open(engine, url, newer);
    expect(await after.repository(first).get({ id: 1 })).toEqual({ id: 1, name: 'kept' });
    await after.repository(second).insert({ id: 1 });
    expect(await after.doctor()).toEqual([]);
  });

  test('domains come and go without disturbing each other', async () => {
    const url = await engine.url();
    await (await open(engine, url, older)).close();
    const bare = await open(engine, url);
    expect(await applied(bare)).toEqual([...system, 'test/0001-baseline']);
    await bare.close();
    const other = { ...domain([second], baselineOf(second)), name: 'other' };
    expect(await applied(await open(engine, url, other))).toEqual([
      'other/0001-baseline',
      ...system,
      'test/0001-baseline',
    ]);
  });

  test('a database with a migration this program does not know is refused, and stays as it is', async () => {
    const url = await engine.url();
    const store = await open(engine, url, newer);
    await store.repository(second).insert({ id: 1 });
    await store.close();
    const error = await refusal(open(engine, url, older));
    expect(error).toMatchObject({ code: 'DATABASE_NEWER', exit: 3 });
    expect(error.message).toContain('test/0002-second');
    expect(await (await open(engine, url, newer)).repository(second).count()).toBe(1);
  });

  test('a migration that is not the one that was applied is refused', async () => {
    const url = await engine.url();
    await (await open(engine, url, older)).close();
    const changed = { ...baselineOf(first), steps: [statements('SELECT 1')] };
    const error = await refusal(open(engine, url, domain([first], changed, addsSecond)));
    expect(error).toMatchObject({ code: 'MIGRATION_CHANGED', exit: 5 });
    expect(error.message).toContain('test/0001-baseline');
    expect(await applied(await open(engine, url, older))).not.toContain('test/0002-second');
  });

  test('the order in which a migration is written down does not change it', async () => {
    const url = await engine.url();
    await (await open(engine, url, older)).close();
    const reordered = JSON.parse(JSON.stringify(baselineOf(first)), (_, value: unknown) =>
      value !== null && typeof value === 'object' && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).toReversed())
        : value,
    ) as Migration;
    expect(await applied(await open(engine, url, domain([first], reordered)))).toContain(
      'test/0001-baseline',
    );
  });

  test('one that fails takes everything back with it, on a new database and on an old one', async ({
    skip,
  }) => {
    const url = await engine.url();
    await (await open(engine, url, older)).close();
    const probe = await open(engine, await engine.url());
    skip(!probe.engine.capabilities.transactionalDdl, 'DDL commits by itself');
    const fails: Migration = {
      id: '0003-fails',
      steps: [statements('CREATE TABLE third (id INTEGER)', 'INSERT INTO nowhere VALUES (1)')],
    };
    const failing = domain([first, second], baselineOf(first), addsSecond, fails);
    await expect(open(engine, url, failing)).rejects.toMatchObject({ name: 'HoldfastError' });
    const after = await open(engine, url, older);
    expect(await applied(after)).toEqual([...system, 'test/0001-baseline']);
    expect((await after.engine.introspect()).map(({ name }) => name)).not.toContain('third');
    expect((await after.engine.introspect()).map(({ name }) => name)).not.toContain('second');

    const fresh = await engine.url();
    await expect(open(engine, fresh, failing)).rejects.toMatchObject({ name: 'HoldfastError' });
    const left = (await (await open(engine, fresh)).engine.introspect()).map(({ name }) => name);
    expect(left.filter((name) => !name.startsWith('holdfast_'))).toEqual([]);
  });

  test('several processes that open a new database at the same instant all succeed', async () => {
    const running = Array.from({ length: 3 }, () => start('open'));
    for (let round = 0; round < 10; round++) {
      const url = await engine.url();
      const answers = running.map(({ message }) => message());
      for (const { child } of running) child.send(url);
      expect(await Promise.all(answers)).toEqual(['ok', 'ok', 'ok']);
      expect(await engine.query(url, 'SELECT count(*) FROM holdfast_migrations')).toEqual([
        [BigInt(system.length + 1)],
      ]);
    }
  });
});
