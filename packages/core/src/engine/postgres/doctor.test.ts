// Doctor and check on PostgreSQL: every difference is named, and its statements mend it.

import { describe, expect, test } from 'vitest';
import {
  bigint,
  bool,
  bytes,
  date,
  decimal,
  instant,
  int,
  json,
  oneOf,
  real,
  text,
  uuid,
} from '../../schema/column.ts';
import { table } from '../../schema/table.ts';
import { admin, open, scratchUrl, withoutServer } from './test-store.ts';

const parents = table('parents', { id: int(), name: text(20) }, { key: ['id'] });
const kinds = table(
  'kinds',
  {
    id: int(),
    name: text(20).unique(),
    note: text().nullable().default("it's"),
    size: bigint().default('-5'),
    load: real().default(1.5),
    price: decimal(9, 2).default('1.5'),
    on: bool().default(true),
    at: instant().default(0),
    day: date().default('2024-02-29'),
    data: json().default({ a: [1] }),
    raw: bytes().nullable(),
    ref: uuid().nullable(),
    state: oneOf('up', "o'clock").default('up'),
    parent: int().nullable().references(parents, 'id', 'cascade'),
    token: text(10).nullable().secret(),
    heat: real().metric(),
  },
  {
    key: ['id'],
    indexes: [
      { columns: ['name', 'day'] },
      { columns: ['size'], where: '"on"' },
      { columns: ['at', 'day'], unique: true },
    ],
    checks: { sizeSmall: 'size < 1000', noteGiven: "note <> ''" },
  },
);

async function filled() {
  const url = scratchUrl();
  const store = await open(url, { tables: [parents, kinds] });
  await store.repository(parents).insert({ id: 1, name: 'p' });
  await store.repository(kinds).insert({ id: 1, name: 'a', parent: 1, heat: 2 });
  return { url, store };
}

describe.skipIf(withoutServer)('doctor', () => {
  test('finds nothing in what it made itself', async () => {
    const { store } = await filled();
    expect(await store.doctor()).toEqual([]);
    expect(await store.check()).toEqual([]);
  });

  test.for<[string, string]>([
    ['COLUMN_DIFFERS kinds.name', 'ALTER TABLE kinds ALTER name TYPE text'],
    ['COLUMN_DIFFERS kinds.name', 'ALTER TABLE kinds ALTER name TYPE varchar(20) COLLATE "default"'],
    ['COLUMN_DIFFERS kinds.size', 'ALTER TABLE kinds ALTER size TYPE numeric'],
    ['COLUMN_DIFFERS kinds.day', 'ALTER TABLE kinds ALTER day TYPE text'],
    ['COLUMN_DIFFERS kinds.note', 'ALTER TABLE kinds ALTER note SET NOT NULL'],
    [
      'COLUMN_DIFFERS kinds.state',
      'ALTER TABLE kinds ALTER state DROP NOT NULL; UPDATE kinds SET state = NULL',
    ],
    ['COLUMN_DIFFERS kinds.price', 'ALTER TABLE kinds ALTER price DROP DEFAULT'],
    ['COLUMN_DIFFERS kinds.load', 'ALTER TABLE kinds ALTER load SET DEFAULT 3'],
    [
      'KEY_DIFFERS kinds',
      'ALTER TABLE kinds DROP CONSTRAINT kinds_pkey CASCADE; ALTER TABLE kinds ADD PRIMARY KEY (id, name)',
    ],
    ['OPTIONS_DIFFER kinds_latest', 'ALTER TABLE kinds_latest SET UNLOGGED'],
    ['CHECK_MISSING kinds', 'ALTER TABLE kinds DROP CONSTRAINT kinds_size_small'],
    ['CHECK_MISSING kinds', 'ALTER TABLE kinds DROP CONSTRAINT kinds_state_check'],
    ['CHECK_UNKNOWN kinds', 'ALTER TABLE kinds ADD CHECK (load < 10)'],
    ['REFERENCE_MISSING kinds', 'ALTER TABLE kinds DROP CONSTRAINT kinds_parent_fkey'],
    ['INDEX_MISSING kinds: unique (name)', 'ALTER TABLE kinds DROP CONSTRAINT kinds_name_key'],
    ['INDEX_MISSING kinds: kinds_name_day_idx', 'DROP INDEX kinds_name_day_idx'],
    [
      'INDEX_DIFFERS kinds: kinds_name_day_idx',
      'DROP INDEX kinds_name_day_idx; CREATE INDEX kinds_name_day_idx ON kinds (name DESC, day)',
    ],
    ['INDEX_UNKNOWN kinds: mine', 'CREATE UNIQUE INDEX mine ON kinds (day)'],
    ['INDEX_UNKNOWN kinds: unique (day)', 'ALTER TABLE kinds ADD UNIQUE (day)'],
    ['COLUMN_MISSING kinds.raw', 'ALTER TABLE kinds DROP COLUMN raw'],
    ['COLUMN_MISSING kinds.ref', 'ALTER TABLE kinds DROP COLUMN ref, DROP CONSTRAINT kinds_note_given'],
    ['COLUMN_MISSING kinds.parent', 'ALTER TABLE kinds DROP COLUMN parent'],
    ['COLUMN_MISSING kinds.state', 'ALTER TABLE kinds DROP COLUMN state'],
    ['COLUMN_MISSING parents.name', 'ALTER TABLE parents DROP COLUMN name'],
    [
      'COLUMN_UNKNOWN kinds.extra',
      'ALTER TABLE kinds ADD extra int UNIQUE REFERENCES parents (id) CHECK (extra > 0)',
    ],
    ['TABLE_MISSING kinds_latest', 'DROP TABLE kinds_latest'],
  ])('%s', async ([expected, damage]) => {
    const { url, store } = await filled();
    await admin(damage, url);
    const findings = await store.doctor();
    expect(findings.map(({ code, where }) => `${code} ${where}`)).toContain(expected);
    for (const { fix } of findings) if (!/^-- mended/.test(fix)) await admin(fix, url);
    expect(await store.doctor()).toEqual([]);
    expect(await store.repository(kinds).count()).toBe(1);
    expect(await store.repository(parents).count()).toBe(1);
  });

  test('what an operator adds beside it is left alone', async () => {
    const { url, store } = await filled();
    await admin(
      `CREATE INDEX mine ON kinds (day); CREATE VIEW seen AS SELECT * FROM kinds; CREATE TABLE theirs (a int)`,
      url,
    );
    expect(await store.doctor()).toEqual([]);
  });

  test('an unsafe setting of the session', async () => {
    const { url } = await filled();
    const role = `holdfast_hasty_${process.pid}`;
    await admin(`CREATE ROLE ${role} LOGIN SUPERUSER; ALTER ROLE ${role} SET synchronous_commit = off`);
    const hasty = new URL(url);
    hasty.username = role;
    const store = await open(hasty.href, { tables: [parents, kinds] });
    const findings = await store.doctor();
    await store.close();
    await admin(`DROP ROLE ${role}`);
    expect(findings).toMatchObject([{ code: 'SETTING_UNSAFE', where: 'synchronous_commit' }]);
  });
});

describe.skipIf(withoutServer)('check', () => {
  test('finds references that lead nowhere, with the statement that removes them', async () => {
    const { url, store } = await filled();
    await admin(
      `SET session_replication_role = replica; DELETE FROM parents; SET session_replication_role = origin`,
      url,
    );
    const findings = await store.check();
    expect(findings).toMatchObject([{ code: 'REFERENCE_MISSING', where: 'kinds kinds_parent_fkey' }]);
    await admin(findings[0]!.fix, url);
    expect(await store.check()).toEqual([]);
  });

  test('finds values that no engine but this one can hold', async () => {
    const { url, store } = await filled();
    for (const [column, value] of [
      ['load', "'NaN'"],
      ['load', "'-Infinity'"],
      ['day', "'infinity'"],
      ['day', "'0044-03-15 BC'"],
      ['at', "'infinity'"],
      ['at', "'0044-03-15 BC'"],
      ['id', '9007199254740993'],
    ]) {
      await admin(`DELETE FROM kinds_latest; UPDATE kinds SET ${column} = ${value}`, url);
      const findings = await store.check();
      expect(
        findings.map(({ code }) => code),
        `${column} ${value}`,
      ).toContain('DATA_UNSOUND');
      await admin(`UPDATE kinds SET load = 0, day = '2024-01-01', at = 'epoch', id = 1`, url);
    }
  });
});
