// A schema is as declared, or doctor names the difference with statements that mend it.

import { int, oneOf, real, type Store, table, text } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { domainOf } from './domain.ts';

const parents = table('parents', { id: int(), name: text(20) }, { key: ['id'] });
const things = table(
  'things',
  {
    id: int(),
    name: text(20).unique(),
    note: text(40).nullable(),
    state: oneOf('on', 'off').default('on'),
    parent: int().nullable().references(parents, 'id'),
    load: real().metric(),
  },
  {
    key: ['id'],
    indexes: [{ columns: ['name', 'parent'] }, { columns: ['note', 'state'], unique: true }],
    checks: { noteGiven: "note <> ''" },
  },
);
const domains = [domainOf(parents, things)];
const row = { id: 1, name: 'a', note: 'n', state: 'off' as const, parent: 1, load: 0.5 };

/** What is done, in the words of the engine; what doctor finds; what the record has lost. */
type Damage = readonly [
  string,
  (ddl: Store['engine']['ddl'], syntax: Store['engine']['syntax']) => readonly string[],
  readonly string[],
  object,
];

describe.each(engines)('$name', (engine) => {
  test('a new database is as declared, also after it was used and opened again', async () => {
    const url = await engine.url();
    const store = await engine.open({ url, domains });
    expect(await store.doctor()).toEqual([]);
    await store.repository(parents).insert({ id: 1, name: 'p' });
    await store.repository(things).insert(row);
    await store.close();
    const again = await engine.open({ url, domains });
    expect(await again.doctor()).toEqual([]);
    expect(await again.check()).toEqual([]);
  });

  test.for([
    [
      'a dropped index',
      ({ dropIndex }) => [dropIndex('things', 'things_name_parent_idx')],
      ['INDEX_MISSING things: things_name_parent_idx'],
      {},
    ],
    [
      'a dropped column',
      ({ dropIndex }) => [
        dropIndex('things', 'things_note_state_key'),
        'ALTER TABLE things DROP COLUMN state',
      ],
      ['COLUMN_MISSING things.state', 'INDEX_MISSING things: things_note_state_key'],
      { state: 'on' },
    ],
    [
      'a dropped gauge',
      (_, { quote }) => [`ALTER TABLE things_latest DROP COLUMN ${quote('load')}`],
      ['COLUMN_MISSING things_latest.load'],
      { load: null },
    ],
    [
      'a dropped table',
      () => ['DROP TABLE things_latest'],
      ['TABLE_MISSING things_latest'],
      { load: null, metricsAt: null },
    ],
    [
      'a column too much',
      () => ['ALTER TABLE things ADD COLUMN extra TEXT'],
      ['COLUMN_UNKNOWN things.extra'],
      {},
    ],
  ] as readonly Damage[])('%s', async ([, damage, expected, lost]) => {
    const url = await engine.url();
    const store = await engine.open({ url, domains });
    await store.repository(parents).insert({ id: 1, name: 'p' });
    await store.repository(things).insert({ ...row, metricsAt: 7 });
    for (const sql of damage(store.engine.ddl, store.engine.syntax)) await engine.exec(url, sql);
    const findings = await store.doctor();
    expect(findings.map(({ code, where }) => `${code} ${where}`)).toEqual(expected);
    for (const { fix } of findings) await engine.exec(url, fix);
    expect(await store.doctor()).toEqual([]);
    expect((await store.repository(things).list()).items).toEqual([{ ...row, metricsAt: 7, ...lost }]);
  });

  test('a plain index of the operator is no finding', async () => {
    const url = await engine.url();
    const store = await engine.open({ url, domains });
    await engine.exec(url, 'CREATE INDEX mine ON things (id, state)');
    expect(await store.doctor()).toEqual([]);
  });
});
