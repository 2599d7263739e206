// Tables read from the pages of their file are the tables that SQL reads, whatever is in them and whoever writes meanwhile.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { TableDigest } from '../../archive/digest/table-digest.ts';
import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import { bigint, bool, bytes, int, json, real, text, uuid } from '../../schema/column.ts';
import { historySpec, type TableSpec } from '../../schema/spec.ts';
import { table } from '../../schema/table.ts';
import type { Engine } from '../engine.ts';
import type { Snapshot } from '../snapshot.ts';
import { readRaw } from '../test-raw-rows.ts';
import { connectSqlite } from './connect.ts';
import { planOf } from './raw-pages.ts';
import { SqliteSession } from './session.ts';
import { bare, scratchPath } from './test-store.ts';

const odd = table(
  'odd',
  {
    id: int(),
    note: text().nullable(),
    size: int().nullable(),
    wide: bigint().nullable(),
    level: real().nullable(),
    flag: bool().nullable(),
    extra: json().nullable(),
    data: bytes().nullable(),
    token: uuid().nullable(),
  },
  { key: ['id'], history: 'keys' },
);
const { spec } = odd;
const names = spec.columns.map(({ name }) => name).join(', ');
const marks = spec.columns.map(() => '?').join(', ');

const opened = async (path: string): Promise<Engine> => {
  const engine = await connectSqlite(`sqlite:${path}`, { adopt: true });
  onTestFinished(() => engine.close());
  return engine;
};

async function bySql(snapshot: Snapshot, of: TableSpec): Promise<StoredRow[]> {
  const found: StoredRow[] = [];
  for await (const rows of snapshot.rows(of)) found.push(...rows);
  return found;
}

async function expectSame(
  engine: Engine,
  of: TableSpec,
  limit?: { rows: number; bytes: number },
): Promise<number> {
  const snapshot = await engine.snapshot([of], { raw: true });
  try {
    const [pages, rows] = [await readRaw(snapshot, of, limit), await bySql(snapshot, of)];
    expect(pages).toBeDefined();
    expect(pages!.rows).toEqual(rows);
    const digest = new TableDigest(of.columns);
    digest.add(rows);
    expect(pages!.digest).toBe(digest.digest);
    return rows.length;
  } finally {
    await snapshot.close();
  }
}

/** Anything that a column without a type may hold; what is to be text stands behind a mark. */
const anything = fc.oneof(
  fc.constant(null),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(
    0,
    1,
    127,
    128,
    -129,
    32_767,
    -32_769,
    8_388_607,
    -8_388_609,
    2 ** 31,
    2 ** 47,
    -(2 ** 47) - 1,
  ),
  fc.double({ noNaN: true }),
  fc.string({ unit: 'binary', maxLength: 30 }).map((value) => (value.isWellFormed() ? value : 'x')),
  fc.json({ maxDepth: 1 }),
  fc.uuid(),
  fc.uint8Array({ maxLength: 30 }),
  fc.integer({ min: 900, max: 20_000 }).map((length) => 'é'.repeat(length)),
  fc.integer({ min: 900, max: 20_000 }).map((length) => new Uint8Array(length).fill(length)),
);

test('a table without types, of values of any length, in pages of any size', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(512, 1024, 4096, 65_536),
      fc.array(
        fc.tuple(
          fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
          fc.array(anything, { minLength: 8, maxLength: 8 }),
        ),
        {
          minLength: 1,
          maxLength: 40,
        },
      ),
      fc.array(fc.nat(39), { maxLength: 10 }),
      fc.integer({ min: 1, max: 50 }),
      async (pageSize, rows, gone, chunk) => {
        const path = scratchPath();
        const db = bare(path);
        db.exec(`PRAGMA page_size=${pageSize}; PRAGMA auto_vacuum=${pageSize % 3}; VACUUM;
          CREATE TABLE odd (id INTEGER PRIMARY KEY, note, size, wide, level, flag, extra, data, token)`);
        const insert = db.prepare(`INSERT OR REPLACE INTO odd (${names}) VALUES (${marks})`);
        for (const [id, values] of rows) insert.run(id, ...(values as never[]));
        for (const each of gone)
          if (rows[each]) db.prepare('DELETE FROM odd WHERE id = ?').run(rows[each][0]);
        db.prepare(
          `UPDATE odd SET note = CAST(x'61ff62c3' AS TEXT), size = CAST(x'a9' AS TEXT) WHERE id = ?`,
        ).run(rows[0]![0]);
        db.close();
        const engine = await connectSqlite(`sqlite:${path}`, { adopt: true });
        try {
          await expectSame(engine, spec, { rows: chunk, bytes: 5_000 });
        } finally {
          await engine.close();
        }
      },
    ),
    { numRuns: 30 },
  );
});

describe('a typed table', () => {
  async function filled(count: number) {
    const path = scratchPath();
    const engine = await opened(path);
    const load = await engine.load([spec], { lossy: 'refuse' });
    const rows = Array.from({ length: count }, (_, at): StoredRow => {
      const values: StoredValue[] = [
        at % 2 ? `note ${at % 7}` : null,
        at * 1000,
        BigInt(at) ** 3n,
        at / 4,
        at % 3 === 0,
      ];
      return [at * 3, ...values, '{"a":1}', Uint8Array.of(at), '018f3c1e-7b2a-7cc0-8000-0123456789ab'];
    });
    await load.rows(spec, rows);
    await load.finish();
    return { path, engine };
  }

  test('of many pages, after deletes, updates, columns that were added, and VACUUM', async () => {
    const { path, engine } = await filled(5_000);
    expect(await expectSame(engine, spec)).toBe(5_000);
    const other = bare(path);
    other.exec(`ALTER TABLE odd ADD COLUMN later TEXT DEFAULT 'it''s'; ALTER TABLE odd ADD COLUMN more INTEGER NOT NULL DEFAULT -7;
      ALTER TABLE odd ADD COLUMN much REAL DEFAULT 3; ALTER TABLE odd ADD COLUMN none TEXT;
      DELETE FROM odd WHERE id % 5 = 0; UPDATE odd SET note = hex(randomblob(3000)) WHERE id % 97 = 0;
      UPDATE odd SET later = 'now', much = 0.5 WHERE id % 11 = 0`);
    const columns = {
      later: text().nullable(),
      more: int(),
      much: real().nullable(),
      none: text().nullable(),
    };
    const { spec: grown } = table('odd', { ...odd.columns, ...columns } as never, { key: ['id'] });
    const all = { ...spec, columns: [...spec.columns, ...grown.columns.slice(-4)] };
    expect(await expectSame(engine, all)).toBe(4_000);
    expect(await expectSame(engine, { ...spec, columns: spec.columns.toReversed() })).toBe(4_000);
    other.exec('VACUUM');
    expect(await expectSame(engine, all)).toBe(4_000);
  });

  test('leaves out what its history does not count', async () => {
    const { path, engine } = await filled(10);
    const history = historySpec(spec)!;
    const other = bare(path);
    other.exec(`DROP TABLE odd_history; CREATE TABLE odd_history (${history.columns.map(({ name }) => (name === 'journal_seq' ? 'journal_seq INTEGER PRIMARY KEY' : name)).join(', ')});
      INSERT INTO odd_history (journal_seq, journal_op) VALUES (1, 1), (2, 9), (3, 0), (4, NULL), (5, 2)`);
    expect(await expectSame(engine, history)).toBe(3);
  });

  test('is that of the snapshot while another process writes, and folds the log into the file', async () => {
    const { path, engine } = await filled(2_000);
    const writer = spawn(
      process.execPath,
      [
        '-e',
        `const { DatabaseSync } = require('node:sqlite');
        const db = new DatabaseSync(process.argv[1], { timeout: 5000 });
        let stop = false;
        process.stdin.on('data', () => { stop = true; process.stdin.unref(); });
        const write = (round) => {
          if (stop) { db.close(); process.exit(); }
          db.exec('UPDATE odd SET size = size + 1, note = hex(randomblob(' + (round % 900) + ')) WHERE id % 9 = ' + (round % 9));
          db.exec('PRAGMA wal_checkpoint(' + ['PASSIVE', 'TRUNCATE', 'RESTART'][round % 3] + ')');
          if (round === 3) console.log('writing');
          setImmediate(write, round + 1);
        };
        write(0);`,
        path,
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    onTestFinished(() => void writer.kill());
    await once(writer.stdout, 'data');
    for (let round = 0; round < 10; round++) {
      const snapshot = await engine.snapshot([spec], { raw: true });
      const [first, rows, second] = [
        await readRaw(snapshot, spec),
        await bySql(snapshot, spec),
        await readRaw(snapshot, spec),
      ];
      await snapshot.close();
      // Where the other one has just written, only SQL reads it.
      if (first === undefined) continue;
      expect(first.rows).toEqual(rows);
      expect(second).toEqual(first);
    }
    writer.stdin.end('stop');
    expect(await once(writer, 'exit')).toEqual([0, null]);
    expect(await expectSame(engine, spec)).toBe(2_000);
  });

  test('is read by SQL while another reader holds the log', async () => {
    const { path, engine } = await filled(10);
    const reader = bare(path);
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM odd').get();
    bare(path).exec('UPDATE odd SET size = 5');
    const snapshot = await engine.snapshot([spec], { raw: true });
    expect(await snapshot.rawRows(spec)).toBeUndefined();
    expect((await bySql(snapshot, spec))[0]![2]).toBe(5);
    await snapshot.close();
    reader.exec('COMMIT');
    await expectSame(engine, spec);
  });
});

test.each([
  ['without row ids', 'CREATE TABLE odd (id INTEGER PRIMARY KEY, note) WITHOUT ROWID'],
  ['generated columns', 'CREATE TABLE odd (id INTEGER PRIMARY KEY, b AS (id + 1), note)'],
  ['a column is missing', 'CREATE TABLE odd (id INTEGER PRIMARY KEY)'],
  ['a default of another type', "CREATE TABLE odd (id INTEGER PRIMARY KEY, note INTEGER DEFAULT 'a')"],
  ['no table', 'CREATE VIEW odd AS SELECT 1 AS id, 2 AS note'],
])('SQL reads a table that is %s', (reason, sql) => {
  const db = bare(':memory:');
  db.exec(sql);
  const columns = spec.columns.slice(0, 2);
  expect(planOf(new SqliteSession(db, ':memory:'), columns, spec)).toBe(reason);
});

test('a tree of several levels', async () => {
  const path = scratchPath();
  const db = bare(path);
  db.exec(`PRAGMA page_size=512; VACUUM; CREATE TABLE odd (id INTEGER PRIMARY KEY, note TEXT, size INT);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
    INSERT INTO odd SELECT i * 7, printf('%0100d', i), i FROM n`);
  db.close();
  const of = { ...spec, columns: spec.columns.slice(0, 3) };
  expect(await expectSame(await opened(path), of)).toBe(5_000);
});

test('a key that is not the row id is read from the record', async () => {
  const path = scratchPath();
  const db = bare(path);
  db.exec(`CREATE TABLE odd (note TEXT, id INTEGER PRIMARY KEY DESC, size INT);
    INSERT INTO odd VALUES ('a', 7, 1), ('b', -3, 2)`);
  db.close();
  const of = { ...spec, columns: spec.columns.slice(0, 3) };
  expect(await expectSame(await opened(path), of)).toBe(2);
});
