// Every difference from the declared schema is named, and the statements it comes with mend it and lose no record.

import { describe, expect, test } from 'vitest';
import { bare, makeDatabase, open, scratchPath } from '../engine/sqlite/test-store.ts';
import { bool, decimal, int, json, oneOf, real, text } from '../schema/column.ts';
import { table } from '../schema/table.ts';
import type { Store } from '../store/open-store.ts';

const parents = table('parents', { id: int(), name: text(20) }, { key: ['id'] });
const things = table(
  'things',
  {
    id: int(),
    name: text(20),
    code: text(20).nullable().unique(),
    note: text().nullable(),
    level: int().default(5),
    size: real(),
    state: oneOf('on', 'off').nullable(),
    shown: bool().default(true),
    data: json().nullable(),
    price: decimal(9, 2).default('1.5'),
    parent: int().nullable().references(parents, 'id', 'cascade'),
    load: real().metric(),
  },
  {
    key: ['id'],
    indexes: [
      { columns: ['note'] },
      { columns: ['name', 'level'], unique: true },
      { columns: ['level'], where: 'level > 3' },
    ],
    checks: { levelPositive: 'level > 0', sizeBounded: 'size < 1000' },
  },
);
const tables = [parents, things];
const rows = [1, 2, 3].map((id) => ({
  id,
  name: `n${id}`,
  code: `c${id}`,
  note: id === 2 ? null : `note ${id}`,
  level: id + 2,
  size: id / 2,
  state: id === 1 ? ('on' as const) : null,
  shown: id !== 1,
  data: { id },
  price: `${id}.00`,
  parent: id === 3 ? null : 1,
  load: id,
  metricsAt: id,
}));

async function stored(store: Store): Promise<Record<string, unknown>[]> {
  return (await store.repository(things).list()).items;
}

/** Makes a table anew with its text changed, as somebody may have done by hand. */
const retyped =
  (name: string, from: string | RegExp, to: string) =>
  (path: string): void => {
    const db = bare(path);
    const schema = db
      .prepare('SELECT type, sql FROM sqlite_schema WHERE tbl_name = ? AND sql IS NOT NULL')
      .all(name);
    const [made, ...indexes] = schema.map(({ sql }) => String(sql));
    const columns = db
      .prepare(`SELECT name FROM pragma_table_info('${name}')`)
      .all()
      .map((row) => `"${row['name']}"`);
    const changed = made!.replace(from, to);
    expect(changed).not.toBe(made);
    db.exec(`PRAGMA foreign_keys=OFF; PRAGMA legacy_alter_table=ON; ALTER TABLE "${name}" RENAME TO before`);
    for (const sql of indexes) db.exec(`DROP INDEX ${/INDEX ("\w+")/.exec(sql)![1]}`);
    db.exec(changed);
    const kept = columns.filter((column) => changed.includes(column)).join();
    db.exec(`INSERT INTO "${name}" (${kept}) SELECT ${kept} FROM before; DROP TABLE before`);
    for (const sql of indexes) db.exec(sql);
    db.close();
  };
const typed =
  (sql: string) =>
  (path: string): void => {
    const db = bare(path);
    db.exec(sql);
    db.close();
  };

interface Damage {
  readonly by: (path: string) => void;
  readonly findings: readonly string[];
  /** What the mending cannot bring back, by column. */
  readonly lost?: Record<string, unknown>;
}

const damages: Record<string, Damage> = {
  'a nullable column is gone': {
    by: typed('DROP INDEX things_note_idx; ALTER TABLE things DROP COLUMN note'),
    findings: ['COLUMN_MISSING things.note', 'INDEX_MISSING things: things_note_idx'],
    lost: { note: null },
  },
  'a nullable column with a check of its own is gone': {
    by: typed('ALTER TABLE things DROP COLUMN state'),
    findings: ['COLUMN_MISSING things.state'],
    lost: { state: null },
  },
  'a column with a default is gone': {
    by: typed('ALTER TABLE things DROP COLUMN price'),
    findings: ['COLUMN_MISSING things.price'],
    lost: { price: '1.50' },
  },
  'a mandatory column in a check of the table is gone': {
    by: retyped('things', /\n {2}"size".*|,\n {2}CONSTRAINT "things_size_bounded".*\)(?=\n)/g, ''),
    findings: ['COLUMN_MISSING things.size'],
    lost: { size: 0 },
  },
  'a column in two indexes and a check is gone': {
    by: (path) => {
      typed('DROP INDEX things_name_level_key; DROP INDEX things_level_part_idx')(path);
      retyped('things', /\n {2}"level".*|\n {2}CONSTRAINT "things_level_positive".*(?=\n)/g, '')(path);
    },
    findings: [
      'COLUMN_MISSING things.level',
      'INDEX_MISSING things: things_level_part_idx',
      'INDEX_MISSING things: things_name_level_key',
    ],
    lost: { level: 5 },
  },
  'a unique column is gone': {
    by: retyped('things', /\n {2}"code".*/, ''),
    findings: ['COLUMN_MISSING things.code', 'INDEX_MISSING things: unique (code)'],
    lost: { code: null },
  },
  'a column with a reference is gone': {
    by: retyped('things', /\n {2}"parent".*|,\n {2}FOREIGN KEY.*(?=,\n)/g, ''),
    findings: ['COLUMN_MISSING things.parent', 'REFERENCE_MISSING things'],
    lost: { parent: null },
  },
  'a gauge is gone': {
    by: typed('ALTER TABLE things_latest DROP COLUMN load'),
    findings: ['COLUMN_MISSING things_latest.load'],
    lost: { load: null },
  },
  'an index is gone': {
    by: typed('DROP INDEX things_note_idx'),
    findings: ['INDEX_MISSING things: things_note_idx'],
  },
  'a unique index is gone': {
    by: typed('DROP INDEX things_name_level_key'),
    findings: ['INDEX_MISSING things: things_name_level_key'],
  },
  'an index has other columns': {
    by: typed('DROP INDEX things_note_idx; CREATE INDEX things_note_idx ON things (note, id)'),
    findings: ['INDEX_DIFFERS things: things_note_idx'],
  },
  'a partial index has another condition': {
    by: typed(
      'DROP INDEX things_level_part_idx; CREATE INDEX things_level_part_idx ON things (level) WHERE level > 4',
    ),
    findings: ['INDEX_DIFFERS things: things_level_part_idx'],
  },
  'a unique index is not unique': {
    by: typed('DROP INDEX things_name_level_key; CREATE INDEX things_name_level_key ON things (name, level)'),
    findings: ['INDEX_DIFFERS things: things_name_level_key'],
  },
  'a unique column is not unique': {
    by: retyped('things', 'TEXT UNIQUE', 'TEXT'),
    findings: ['INDEX_MISSING things: unique (code)'],
  },
  'a default is another': {
    by: retyped('things', 'DEFAULT 5', 'DEFAULT 6'),
    findings: ['COLUMN_DIFFERS things.level'],
  },
  'a default is gone': { by: retyped('things', ' DEFAULT 5', ''), findings: ['COLUMN_DIFFERS things.level'] },
  'a type is another': {
    by: retyped('things', '"name" TEXT', '"name" ANY'),
    findings: ['COLUMN_DIFFERS things.name'],
  },
  'a mandatory column takes null': {
    by: retyped('things', '"name" TEXT NOT NULL', '"name" TEXT'),
    findings: ['COLUMN_DIFFERS things.name'],
  },
  'a nullable column is mandatory': {
    by: retyped('things', '"data" TEXT', '"data" TEXT NOT NULL'),
    findings: ['COLUMN_DIFFERS things.data'],
  },
  'a check is gone': {
    by: retyped('things', /,\n {2}CONSTRAINT "things_level_positive".*(?=,\n)/, ''),
    findings: ['CHECK_MISSING things'],
  },
  'a check of a column is another': {
    by: retyped('things', `('on', 'off')`, `('on', 'off', 'up')`),
    findings: ['CHECK_MISSING things', 'CHECK_UNKNOWN things'],
  },
  'a check is too much': {
    by: retyped('things', 'PRIMARY KEY', 'CHECK (id < 1000), PRIMARY KEY'),
    findings: ['CHECK_UNKNOWN things'],
  },
  'a reference is gone': {
    by: retyped('things', /,\n {2}FOREIGN KEY.*(?=,\n)/, ''),
    findings: ['REFERENCE_MISSING things'],
  },
  'a reference does something else on delete': {
    by: retyped('things', 'ON DELETE CASCADE', 'ON DELETE SET NULL'),
    findings: ['REFERENCE_MISSING things', 'REFERENCE_UNKNOWN things'],
  },
  'the key is another': {
    by: retyped('things', 'PRIMARY KEY ("id")', 'PRIMARY KEY ("id", "name")'),
    findings: ['KEY_DIFFERS things'],
  },
  'the table is not strict': { by: retyped('things', ') STRICT', ')'), findings: ['OPTIONS_DIFFER things'] },
  'the gauges have lost their form': {
    by: retyped('things_latest', ') STRICT', ')'),
    findings: ['OPTIONS_DIFFER things_latest'],
  },
  'a column is too much': {
    by: typed('ALTER TABLE things ADD COLUMN extra TEXT'),
    findings: ['COLUMN_UNKNOWN things.extra'],
  },
  'a column is too much, with an index and a check': {
    by: typed(
      `ALTER TABLE things ADD COLUMN extra TEXT CHECK (extra <> ''); CREATE UNIQUE INDEX mine ON things (extra)`,
    ),
    findings: ['CHECK_UNKNOWN things', 'INDEX_UNKNOWN things: mine', 'COLUMN_UNKNOWN things.extra'],
  },
  'a column is too much, and unique': {
    by: retyped('things', '"name" TEXT', '"extra" TEXT UNIQUE, "name" TEXT'),
    findings: ['INDEX_UNKNOWN things: unique (extra)', 'COLUMN_UNKNOWN things.extra'],
  },
  'a column is too much where another is gone': {
    by: typed('ALTER TABLE things RENAME COLUMN size TO extent'),
    findings: ['COLUMN_MISSING things.size', 'CHECK_UNKNOWN things', 'COLUMN_UNKNOWN things.extent'],
    lost: { size: 0 },
  },
  'a unique index is too much': {
    by: typed('CREATE UNIQUE INDEX mine ON things (size)'),
    findings: ['INDEX_UNKNOWN things: mine'],
  },
  'a column is unique that should not be': {
    by: retyped('things', '"size" REAL NOT NULL', '"size" REAL NOT NULL UNIQUE'),
    findings: ['INDEX_UNKNOWN things: unique (size)'],
  },
  'several things at once': {
    by: (path) => {
      retyped('things', 'DEFAULT 5', 'DEFAULT 6')(path);
      typed(
        'DROP INDEX things_note_idx; ALTER TABLE things DROP COLUMN note; ALTER TABLE things ADD COLUMN x INT',
      )(path);
      typed('ALTER TABLE things DROP COLUMN data; CREATE UNIQUE INDEX mine ON things (size)')(path);
    },
    findings: [
      'COLUMN_DIFFERS things.level',
      'COLUMN_MISSING things.note',
      'COLUMN_MISSING things.data',
      'INDEX_MISSING things: things_note_idx',
      'INDEX_UNKNOWN things: mine',
      'COLUMN_UNKNOWN things.x',
    ],
    lost: { note: null, data: null },
  },
};

async function damaged({ by }: Damage): Promise<{ path: string; before: Record<string, unknown>[] }> {
  const path = scratchPath();
  const store = await open(path, { tables });
  await store.repository(parents).insert({ id: 1, name: 'p' });
  await store.repository(things).insertMany(rows);
  const before = await stored(store);
  await store.close();
  by(path);
  return { path, before };
}

describe('a schema as declared', () => {
  test('has no findings', async () => {
    expect(await (await open(scratchPath(), { tables })).doctor()).toEqual([]);
  });

  test('has none either with what is the operator’s own: plain indexes, views, triggers, tables', async () => {
    const path = await makeDatabase();
    typed(`CREATE INDEX mine ON things (name, id); CREATE TABLE theirs (a UNIQUE CHECK (a > 0));
      CREATE VIEW shown AS SELECT * FROM things;
      CREATE TRIGGER noted AFTER INSERT ON things BEGIN INSERT INTO theirs VALUES (1); END`)(path);
    expect(await (await open(path)).doctor()).toEqual([]);
  });
});

describe.each(Object.entries(damages))('when %s', (_, damage) => {
  test('it is named, and its statements mend it', async () => {
    const { path, before } = await damaged(damage);
    const store = await open(path, { tables });
    const findings = await store.doctor();
    expect(findings.map(({ code, where }) => `${code} ${where}`)).toEqual(damage.findings);
    for (const { what, fix } of findings) {
      expect(what).not.toBe('');
      typed(fix)(path);
    }
    expect(await store.doctor()).toEqual([]);
    expect(await store.check()).toEqual([]);
    expect(await stored(store)).toEqual(before.map((row) => ({ ...row, ...damage.lost })));
    await store.repository(things).insert({ id: 9, name: 'new', size: 1 });
  });
});

test('a table that is gone comes back empty, its children kept', async () => {
  const { path } = await damaged({ by: typed('PRAGMA foreign_keys=OFF; DROP TABLE parents'), findings: [] });
  const store = await open(path, { tables });
  const findings = await store.doctor();
  expect(findings.map(({ code, where }) => `${code} ${where}`)).toEqual(['TABLE_MISSING parents']);
  for (const { fix } of findings) typed(fix)(path);
  expect(await store.doctor()).toEqual([]);
  expect(await stored(store)).toHaveLength(3);
  expect((await store.check()).map(({ code }) => code)).toEqual(['REFERENCE_MISSING', 'REFERENCE_MISSING']);
});

test('a rebuild keeps what is the operator’s own, and values of columns that are not declared', async () => {
  const { path } = await damaged({ by: retyped('things', 'DEFAULT 5', 'DEFAULT 6'), findings: [] });
  typed(`ALTER TABLE things ADD COLUMN mine TEXT; UPDATE things SET mine = 'kept ' || id;
    CREATE INDEX mine_idx ON things (mine) WHERE mine <> ''; CREATE TABLE theirs (id);
    CREATE VIEW shown AS SELECT id, mine FROM things;
    CREATE TRIGGER noted AFTER DELETE ON things BEGIN INSERT INTO theirs VALUES (old.id); END`)(path);
  const [rebuild, drop] = await (await open(path, { tables })).doctor();
  expect([rebuild!.code, drop!.code]).toEqual(['COLUMN_DIFFERS', 'COLUMN_UNKNOWN']);
  typed(rebuild!.fix)(path);
  const db = bare(path);
  expect(
    db
      .prepare('SELECT mine FROM shown ORDER BY id')
      .all()
      .map((row) => row['mine']),
  ).toEqual(['kept 1', 'kept 2', 'kept 3']);
  expect(db.prepare(`SELECT count(*) AS n FROM sqlite_schema WHERE name = 'mine_idx'`).get()).toMatchObject({
    n: 1,
  });
  db.exec('DELETE FROM things WHERE id = 3');
  expect(db.prepare('SELECT id FROM theirs').all()).toMatchObject([{ id: 3 }]);
});

test('a mending that the data does not allow changes nothing', async () => {
  const { path, before } = await damaged({
    by: (at) => {
      retyped('things', 'TEXT UNIQUE', 'TEXT')(at);
      typed(`UPDATE things SET code = 'same'`)(at);
    },
    findings: [],
  });
  const store = await open(path, { tables });
  const [finding] = await store.doctor();
  expect(() => typed(finding!.fix)(path)).toThrow(/UNIQUE constraint failed/);
  expect(await stored(store)).toEqual(before.map((row) => ({ ...row, code: 'same' })));
});
