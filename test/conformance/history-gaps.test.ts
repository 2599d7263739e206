// Where changes may have gone unseen, that is noticed, named, mended, and never trusted without saying so.

import { int, now, type Store, table, text } from '@holdfast/core';
import { gapsOf, listHistory, repairCapture } from '@holdfast/core/history';
import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { domainOf } from './domain.ts';

const things = table('things', { id: int(), name: text(64) }, { key: ['id'], history: 'versions' });
const domain = { ...domainOf(things), resources: [{ name: 'test.thing', table: things, summary: ['name'] }] };

/** The trigger that captures updates, and the statement that drops it by hand. */
const updateTrigger: Readonly<
  Record<string, { readonly find: string; readonly drop: (name: unknown) => string }>
> = {
  sqlite: {
    find: "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'things' AND sql LIKE '% AFTER UPDATE ON %' AND name LIKE '%update'",
    drop: (name) => `DROP TRIGGER ${name}`,
  },
  postgres: {
    find: "SELECT tgname::text FROM pg_trigger WHERE tgrelid = 'things'::regclass AND NOT tgisinternal AND (tgtype & 16) > 0",
    drop: (name) => `DROP TRIGGER ${name} ON things`,
  },
  mysql: {
    find: "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = database() AND event_object_table = 'things' AND event_manipulation = 'UPDATE' AND action_timing = 'AFTER'",
    drop: (name) => `DROP TRIGGER ${name}`,
  },
};

describe.each(engines)('$name', (engine) => {
  const opened = async () => {
    const url = await engine.url();
    const store = (await engine.open({ url, domains: [domain] })) as unknown as Store;
    const { find, drop } = updateTrigger[engine.name]!;
    const dropTrigger = async (): Promise<void> => {
      const [[name] = []] = await engine.query(url, find);
      expect(name).toBeDefined();
      await engine.exec(url, drop(name));
    };
    const gaps = () => gapsOf(store, domain.resources, 0, now());
    const findings = async () => (await store.doctor()).filter(({ where }) => where.startsWith('things'));
    return { url, store, dropTrigger, gaps, findings };
  };

  test('a trigger that somebody dropped is named and mended, and the gap stays known', async () => {
    const { store, dropTrigger, gaps, findings } = await opened();
    expect(await findings()).toEqual([]);
    expect(await gaps()).toEqual([]);
    await dropTrigger();
    expect(await findings()).toMatchObject([{ code: 'TRIGGER_MISSING', fix: 'holdfast db repair' }]);
    expect(await gaps()).toMatchObject([{ table: 'things', until: null, cause: 'TRIGGER_MISSING' }]);
    // Looking twice makes no second gap.
    await findings();
    expect(await gaps()).toHaveLength(1);
    expect(await repairCapture(store)).toMatchObject([{ table: 'things', code: 'TRIGGER_MISSING' }]);
    expect(await findings()).toEqual([]);
    const [gap] = await gaps();
    expect(gap!.until).toBeGreaterThanOrEqual(gap!.from);
    expect(await repairCapture(store)).toEqual([]);
    // Captured again.
    await store.repository(things).insert({ id: 1, name: 'one' });
    await store.repository(things).update({ id: 1 }, { name: 'two' });
  });

  test('a change that was made while nothing captured it shows in the digests', async () => {
    const { url, store, dropTrigger, gaps } = await opened();
    await store.repository(things).insertMany([1, 2, 3].map((id) => ({ id, name: `n${id}` })));
    expect(await store.check()).toEqual([]);
    await store.repository(things).update({ id: 1 }, { name: 'seen' });
    expect(await store.check()).toEqual([]);
    await dropTrigger();
    await engine.exec(url, "UPDATE things SET name = 'unseen' WHERE id = 2");
    expect(await store.check()).toMatchObject([{ code: 'HISTORY_INCOMPLETE', where: 'things' }]);
    expect((await gaps()).map(({ cause }) => cause)).toContain('HISTORY_INCOMPLETE');
    // Noted once; from here on it is compared with what is there now.
    expect(await store.check()).toEqual([]);
  });

  test('a table that is emptied at once leaves its records in the history, or a gap', async () => {
    const { url, store, gaps, findings } = await opened();
    await store.repository(things).insertMany([1, 2, 3].map((id) => ({ id, name: `n${id}` })));
    expect(await findings()).toEqual([]);
    await engine.exec(url, engine.name === 'sqlite' ? 'DELETE FROM things' : 'TRUNCATE TABLE things');
    const codes = (await findings()).map(({ code }) => code);
    const { items } = await listHistory(store, { resources: domain.resources, change: 'deleted' });
    expect([items.length, codes]).toEqual(engine.name === 'mysql' ? [0, ['TABLE_REPLACED']] : [3, []]);
    expect((await gaps()).map(({ cause }) => cause)).toEqual(codes);
    // Told once, and known from then on.
    expect(await findings()).toEqual([]);
    expect(await gaps()).toHaveLength(codes.length);
  });
});
