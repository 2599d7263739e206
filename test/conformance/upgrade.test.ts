// A database that an earlier Holdfast made is brought up when it is opened: its records stay, the new tables come.

import { sources, systemTables, users } from '@holdfast/core/system';
import { expect, test } from 'vitest';
import { openEngine } from '../../packages/core/src/engine/open-engine.ts';
import { systemDomain } from '../../packages/core/src/system/domain.ts';
import { inspectMigrations, migrate } from '../../packages/core/src/update/migrate.ts';
import { engines } from '../engines.ts';

const { migrations } = systemDomain;
const steps = migrations
  .map((migration, count) => ({ migration, before: migrations.slice(0, count) }))
  .slice(1);

test.each(engines.flatMap((engine) => steps.map((step) => ({ engine, name: engine.name, ...step }))))(
  '$name, before $migration.id',
  async ({ engine, before }) => {
    const url = engine.url();
    const earlier = [{ ...systemDomain, migrations: before }];
    const old = await openEngine(url, { inspect: inspectMigrations(earlier) });
    await migrate(old, earlier);
    expect((await old.introspect()).length).toBeLessThan(systemTables.length + 1);
    await old.close();
    engine.exec(
      url,
      `INSERT INTO holdfast_sources (name, domain, settings, created_at, updated_at) VALUES ('lab', 'test', '{}', 1, 2)`,
    );

    const store = await engine.open({ url });
    expect((await store.repository(sources).list()).items).toMatchObject([
      { name: 'lab', domain: 'test', createdAt: 1, updatedAt: 2 },
    ]);
    expect(await store.repository(users).count()).toBe(0);
    expect(await store.doctor()).toEqual([]);
    expect(await store.check()).toEqual([]);
  },
);
