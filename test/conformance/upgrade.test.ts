// A database that an earlier Holdfast made is brought up when it is opened: its records stay, the new tables come.

import { sources, systemTables, users } from '@holdfast/core/system';
import { expect, test } from 'vitest';
import type { Engine } from '../../packages/core/src/engine/engine.ts';
import { openEngine } from '../../packages/core/src/engine/open-engine.ts';
import { compileEncoder, recordFields, type StoredValue } from '../../packages/core/src/schema/codec.ts';
import { physicalSpecs } from '../../packages/core/src/schema/spec.ts';
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
    const url = await engine.url();
    const earlier = [{ ...systemDomain, migrations: before }];
    const old = await openEngine(url, { inspect: inspectMigrations(earlier) });
    await migrate(old, earlier);
    const now = systemTables.flatMap((table) => physicalSpecs(table.spec));
    expect((await old.introspect()).length).toBeLessThan(now.length + 1);
    await insertSource(old);
    await old.close();

    const store = await engine.open({ url });
    expect((await store.repository(sources).list()).items).toMatchObject([
      { name: 'lab', domain: 'test', createdAt: 1, updatedAt: 2 },
    ]);
    expect(await store.repository(users).count()).toBe(0);
    expect(await store.doctor()).toEqual([]);
    expect(await store.check()).toEqual([]);
  },
);

/** A record as an earlier Holdfast wrote it. */
async function insertSource(engine: Engine): Promise<void> {
  const fields = recordFields(sources);
  const secrets = { seal: String, open: String };
  const context = { forms: engine.forms(false), secrets, nulInText: engine.capabilities.nulInText };
  const params: StoredValue[] = new Array(fields.length).fill(null);
  const row = { name: 'lab', domain: 'test', settings: {}, enabled: true, createdAt: 1, updatedAt: 2 };
  compileEncoder(sources.name, fields, context)(row, params, 0, 0);
  const columns = fields.map(({ spec }) => spec.name);
  const write = { table: sources.name, columns, key: ['name'], onConflict: 'fail' } as const;
  await engine.autocommit((session) => session.run({ sql: engine.syntax.bulkInsert(write, 1) }, params));
}
