// Doctor and check on MySQL and MariaDB: every difference is named, and its statements mend it.

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
    indexes: [{ columns: ['name', 'day'] }, { columns: ['size'] }, { columns: ['at', 'day'], unique: true }],
    checks: { sizeSmall: 'size < 1000', noteGiven: "note <> ''" },
  },
);

async function filled() {
  const url = await scratchUrl();
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
    ['COLUMN_DIFFERS kinds.name', 'ALTER TABLE kinds MODIFY name varchar(30) NOT NULL'],
    [
      'COLUMN_DIFFERS kinds.name',
      'ALTER TABLE kinds MODIFY name varchar(20) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL',
    ],
    ['COLUMN_DIFFERS kinds.size', "ALTER TABLE kinds MODIFY size decimal(20,0) NOT NULL DEFAULT '-5'"],
    ['COLUMN_DIFFERS kinds.size', "ALTER TABLE kinds MODIFY size int NOT NULL DEFAULT '-5'"],
    ['COLUMN_DIFFERS kinds.day', "ALTER TABLE kinds MODIFY day varchar(20) NOT NULL DEFAULT '2024-02-29'"],
    ['COLUMN_DIFFERS kinds.note', "ALTER TABLE kinds MODIFY note longtext NOT NULL DEFAULT ('it''s')"],
    [
      'COLUMN_DIFFERS kinds.state',
      "ALTER TABLE kinds MODIFY state varchar(64) NULL DEFAULT 'up' CHECK (state IN ('up', 'o''clock')); UPDATE kinds SET state = NULL",
    ],
    ['COLUMN_DIFFERS kinds.price', 'ALTER TABLE kinds ALTER price DROP DEFAULT'],
    ['COLUMN_DIFFERS kinds.load', 'ALTER TABLE kinds ALTER `load` SET DEFAULT 3'],
    ['COLUMN_DIFFERS kinds.raw', 'ALTER TABLE kinds MODIFY raw blob'],
    ['KEY_DIFFERS kinds', 'ALTER TABLE kinds DROP PRIMARY KEY, ADD PRIMARY KEY (id, name)'],
    [
      'KEY_DIFFERS kinds',
      'ALTER TABLE kinds_latest DROP FOREIGN KEY kinds_latest_id_fkey; ALTER TABLE kinds DROP PRIMARY KEY',
    ],
    ['OPTIONS_DIFFER kinds_latest', 'ALTER TABLE kinds_latest ROW_FORMAT=COMPACT'],
    [
      'OPTIONS_DIFFER kinds_latest',
      'ALTER TABLE kinds_latest DROP FOREIGN KEY kinds_latest_id_fkey; ALTER TABLE kinds_latest ENGINE=Aria',
    ],
    ['OPTIONS_DIFFER kinds', 'ALTER TABLE kinds DEFAULT COLLATE utf8mb4_general_ci'],
    ['OPTIONS_DIFFER kinds', 'ALTER TABLE kinds CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci'],
    ['CHECK_MISSING kinds', 'ALTER TABLE kinds DROP CONSTRAINT kinds_size_small'],
    ['CHECK_MISSING kinds', "ALTER TABLE kinds MODIFY state varchar(64) NOT NULL DEFAULT 'up'"],
    ['CHECK_UNKNOWN kinds', 'ALTER TABLE kinds ADD CHECK (`load` < 10)'],
    ['CHECK_UNKNOWN kinds', 'ALTER TABLE kinds ADD CONSTRAINT mine CHECK (`load` < 10)'],
    ['REFERENCE_MISSING kinds', 'ALTER TABLE kinds DROP FOREIGN KEY kinds_parent_fkey'],
    [
      'REFERENCE_MISSING kinds',
      'ALTER TABLE kinds DROP FOREIGN KEY kinds_parent_fkey; ALTER TABLE kinds ADD CONSTRAINT kinds_parent_fkey FOREIGN KEY (parent) REFERENCES parents (id)',
    ],
    ['REFERENCE_UNKNOWN kinds', 'ALTER TABLE kinds ADD FOREIGN KEY (id) REFERENCES parents (id)'],
    ['INDEX_MISSING kinds: kinds_name_unique', 'DROP INDEX kinds_name_unique ON kinds'],
    ['INDEX_MISSING kinds: kinds_name_day_idx', 'DROP INDEX kinds_name_day_idx ON kinds'],
    [
      'INDEX_DIFFERS kinds: kinds_name_day_idx',
      'DROP INDEX kinds_name_day_idx ON kinds; CREATE INDEX kinds_name_day_idx ON kinds (day, name)',
    ],
    [
      'INDEX_DIFFERS kinds: kinds_at_day_key',
      'DROP INDEX kinds_at_day_key ON kinds; CREATE INDEX kinds_at_day_key ON kinds (at, day)',
    ],
    ['INDEX_UNKNOWN kinds: mine', 'CREATE UNIQUE INDEX mine ON kinds (day)'],
    ['COLUMN_MISSING kinds.raw', 'ALTER TABLE kinds DROP COLUMN raw'],
    ['COLUMN_MISSING kinds.ref', 'ALTER TABLE kinds DROP COLUMN ref, DROP CONSTRAINT kinds_note_given'],
    [
      'COLUMN_MISSING kinds.parent',
      'ALTER TABLE kinds DROP FOREIGN KEY kinds_parent_fkey; ALTER TABLE kinds DROP COLUMN parent',
    ],
    ['COLUMN_MISSING kinds.state', 'ALTER TABLE kinds DROP COLUMN state'],
    ['COLUMN_MISSING parents.name', 'ALTER TABLE parents DROP COLUMN name'],
    [
      'COLUMN_UNKNOWN kinds.extra',
      'ALTER TABLE kinds ADD extra bigint UNIQUE CHECK (extra > 0), ADD FOREIGN KEY (extra) REFERENCES parents (id)',
    ],
    ['TABLE_MISSING kinds_latest', 'DROP TABLE kinds_latest'],
  ])('%s: %s', async ([expected, damage]) => {
    const { url, store } = await filled();
    const before = await store.repository(kinds).get({ id: 1 });
    await admin(damage, url);
    const findings = await store.doctor();
    expect(findings.map(({ code, where }) => `${code} ${where}`)).toContain(expected);
    for (const { fix } of findings) if (!/^(--[^\n]*\n?)+$/.test(fix)) await admin(fix, url);
    expect(await store.doctor()).toEqual([]);
    const after = await store.repository(kinds).get({ id: 1 });
    const lost = expected.replace(/^COLUMN_MISSING kinds\.|^TABLE_MISSING kinds_/, '');
    const [given, kept] = [before!, after!].map((record) => {
      const { [lost]: _, ...rest } = record as unknown as Record<string, unknown>;
      return lost === 'latest' ? { ...rest, heat: undefined, metricsAt: undefined } : rest;
    });
    expect(kept).toEqual(given);
  });

  test('plain indexes, views and tables of the operator are his to keep', async () => {
    const { url, store } = await filled();
    await admin(
      'CREATE INDEX mine ON kinds (day); CREATE VIEW seen AS SELECT * FROM kinds; CREATE TABLE theirs (a int)',
      url,
    );
    expect(await store.doctor()).toEqual([]);
  });
});

describe.skipIf(withoutServer)('check', () => {
  test('finds references that lead nowhere, with the statement that removes them', async () => {
    const { url, store } = await filled();
    await admin('SET foreign_key_checks = 0; DELETE FROM parents', url);
    const findings = await store.check();
    expect(findings).toMatchObject([{ code: 'REFERENCE_MISSING', where: 'kinds kinds_parent_fkey' }]);
    await admin(findings[0]!.fix, url);
    expect(await store.check()).toEqual([]);
  });
});
