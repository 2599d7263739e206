// Tables that were loaded as pages are the tables that inserts make: SQLite finds them sound, and reads every value back.

import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { batchOf } from '../../archive/columns/batch-rows.ts';
import { TableDigest } from '../../archive/digest/table-digest.ts';
import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import { type ColumnSpec, type Kind, kinds, type TableSpec } from '../../schema/spec.ts';
import type { Engine } from '../engine.ts';
import { readRaw } from '../test-raw-rows.ts';
import { connectSqlite } from './connect.ts';
import { NewPages } from './new-pages.ts';
import { TableTree } from './table-tree.ts';
import { bare, scratchPath } from './test-store.ts';

const specOf = (columns: readonly ColumnSpec[], key: readonly string[]): TableSpec => ({
  ...{ name: 'things', dataClass: 'important', columns, key },
  ...{ foreignKeys: [], indexes: [], checks: [], metrics: [] },
});
const nullable = kinds.map(
  (kind): ColumnSpec => ({
    ...{ name: `a_${kind}`, kind, nullable: true },
    ...(kind === 'decimal' ? { precision: 20, scale: 4 } : {}),
    ...(kind === 'enum' ? { values: ['on', 'off'] } : {}),
  }),
);

/** Opens a new database, of pages of some size. */
async function opened(pageSize = 4096): Promise<{ readonly path: string; readonly engine: Engine }> {
  const path = scratchPath();
  const db = bare(path);
  db.exec(`PRAGMA page_size=${pageSize}; VACUUM`);
  db.close();
  const engine = await connectSqlite(`sqlite:${path}`, { adopt: true });
  onTestFinished(() => engine.close());
  return { path, engine };
}

async function load(
  engine: Engine,
  spec: TableSpec,
  rows: readonly StoredRow[],
  chunk = 7_000,
): Promise<void> {
  const into = await engine.load([spec], { lossy: 'refuse' });
  for (let from = 0; from < rows.length; from += chunk)
    await into.batch(spec, batchOf(spec.columns, rows.slice(from, from + chunk)));
  await into.finish();
}

async function expectSound(engine: Engine, spec: TableSpec, rows: readonly StoredRow[]): Promise<void> {
  expect(await engine.check()).toEqual([]);
  const whole = await engine.read((session) => session.all({ sql: 'PRAGMA integrity_check' }, []));
  expect(whole).toEqual([['ok']]);
  const wanted = new TableDigest(spec.columns);
  wanted.add(rows);
  const found = new TableDigest(spec.columns);
  const snapshot = await engine.snapshot([spec], { raw: true });
  for await (const some of snapshot.rows(spec)) found.add(some);
  expect([found.rows, found.digest]).toEqual([rows.length, wanted.digest]);
  if (!spec.name.endsWith('_latest')) expect((await readRaw(snapshot, spec))?.digest).toBe(wanted.digest);
  await snapshot.close();
}

/** How many bytes long texts have. */
const long = fc.oneof(fc.nat(40), fc.integer({ min: 100, max: 30_000 }));
const values: Readonly<Record<Kind, fc.Arbitrary<StoredValue>>> = {
  text: fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }).map((value) => value.toWellFormed()),
    long.map((length) => 'é'.repeat(length)),
  ),
  int: fc.oneof(
    fc.maxSafeInteger(),
    fc.integer(),
    fc.nat(3),
    fc.constantFrom(-128, 127, 128, -32_769, 8_388_607, -8_388_609, 2 ** 31, 2 ** 47, -(2 ** 47) - 1),
  ),
  bigint: fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.bigInt({ min: -(2n ** 50n), max: 2n ** 50n }),
    fc.constantFrom(0n, 1n, -1n, 2n ** 47n, -(2n ** 47n) - 1n, 2n ** 53n + 1n, -(2n ** 63n)),
  ),
  real: fc.oneof(fc.double({ noNaN: true }), fc.integer(), fc.constantFrom(-0, 2 ** 47, 1e300, Infinity)),
  decimal: fc.integer().map((whole) => `${whole}.0000`),
  bool: fc.boolean(),
  instant: fc.maxSafeInteger(),
  date: fc.constantFrom('1970-01-01', '2024-02-29'),
  json: fc.json({ maxDepth: 1 }),
  bytes: long.map((length) => new Uint8Array(length).fill(length)),
  uuid: fc.uuid(),
  enum: fc.constantFrom('on', 'off'),
};
const anyRow = fc.tuple(
  ...nullable.map(({ kind }) => fc.oneof({ weight: 4, arbitrary: values[kind] }, fc.constant(null))),
);
const ofKey: readonly { readonly kind: Kind; readonly key: fc.Arbitrary<StoredValue>; serial?: true }[] = [
  { kind: 'int', key: fc.maxSafeInteger() },
  { kind: 'int', key: fc.integer({ min: -200, max: 200 }), serial: true },
  { kind: 'bigint', key: fc.bigInt({ min: -(2n ** 53n) + 1n, max: 2n ** 53n - 1n }) },
  { kind: 'bigint', key: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
  { kind: 'text', key: fc.string({ unit: 'binary-ascii', maxLength: 12 }) },
];
const compare = (one: StoredRow, other: StoredRow): number => (one[0]! < other[0]! ? -1 : 1);

test.each(ofKey)('any rows with a key of $kind', async ({ kind, key, serial }) => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(512, 1024, 4096, 65_536),
      fc.uniqueArray(fc.tuple(key, anyRow), { selector: ([id]) => id, maxLength: 60 }),
      fc.integer({ min: 1, max: 80 }),
      fc.boolean(),
      async (pageSize, given, chunk, inOrder) => {
        const id: ColumnSpec = { name: 'id', kind, ...(serial ? { serial } : {}), maxLength: 40 };
        const spec = specOf([id, ...nullable], ['id']);
        const rows = given.map(([number, row]): StoredRow => [number, ...row]);
        if (inOrder) rows.sort(compare);
        const { engine } = await opened(pageSize);
        await load(engine, spec, rows, chunk);
        await expectSound(engine, spec, rows);
        await engine.close();
      },
    ),
    { numRuns: 12 },
  );
});

/** Tables with some columns, keys, unique values, indexes whole and in part, gauges; each with rows. */
const shape = fc
  .record({
    key: fc.constantFrom('serial', 'int', 'text', 'pair' as const),
    columns: fc.uniqueArray(fc.constantFrom(...kinds), { maxLength: 6 }),
    nullable: fc.boolean(),
    unique: fc.constantFrom('none', 'column', 'index', 'part' as const),
    indexed: fc.nat(3),
    gauges: fc.boolean(),
    count: fc.oneof(fc.nat(3), fc.nat(120)),
    order: fc.boolean(),
  })
  .chain(({ columns, nullable: isNullable, ...form }) => {
    const own = nullable
      .filter(({ kind }) => columns.includes(kind))
      .map(({ nullable: _, ...column }): ColumnSpec => (isNullable ? { ...column, nullable: true } : column));
    const row = fc.tuple(
      ...own.map(({ kind }) =>
        isNullable ? fc.oneof({ weight: 3, arbitrary: values[kind] }, fc.constant(null)) : values[kind],
      ),
    );
    return fc
      .array(row, { minLength: form.count, maxLength: form.count })
      .map((rows) => ({ ...form, own, rows }));
  });

function tableOf(
  name: string,
  {
    key,
    own,
    rows: given,
    unique,
    indexed,
    gauges,
    order,
  }: typeof shape extends fc.Arbitrary<infer S> ? S : never,
): readonly [TableSpec, readonly StoredRow[]] {
  const keys: ColumnSpec[] =
    key === 'pair'
      ? [
          { name: 'of', kind: 'text', maxLength: 40 },
          { name: 'id', kind: 'int' },
        ]
      : [
          {
            name: 'id',
            kind: key === 'text' ? 'text' : 'int',
            maxLength: 40,
            ...(key === 'serial' ? { serial: true } : {}),
          },
        ];
  const badge: ColumnSpec = {
    name: 'badge',
    kind: 'int',
    nullable: true,
    ...(unique === 'column' ? { unique: true } : {}),
  };
  const spec: TableSpec = {
    ...specOf(
      [...keys, badge, ...own],
      keys.map((column) => column.name),
    ),
    name,
    metrics: gauges ? [{ name: 'level', kind: 'real', nullable: true }] : [],
    indexes: [
      ...(unique === 'index'
        ? [{ name: `${name}_badge`, columns: ['badge', keys[0]!.name], unique: true as const }]
        : []),
      ...(unique === 'part'
        ? [{ name: `${name}_part`, columns: ['badge'], unique: true as const, where: 'badge > 20' }]
        : []),
      ...own
        .slice(0, indexed)
        .map(({ name: column }) => ({ name: `${name}_${column}`, columns: [column, 'badge'] })),
    ],
  };
  const rows = given.map((row, at): StoredRow => {
    const number = order ? at * 7 - 50 : (at * 7919) % 10_007;
    const own = key === 'pair' ? [`of ${at % 3}`, number] : [key === 'text' ? `k${number}` : number];
    return [...own, at % 4 === 0 ? null : at, ...row];
  });
  return [spec, rows];
}

test('tables of any shape, loaded together', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(512, 4096),
      fc.array(shape, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 130 }),
      fc.boolean(),
      async (pageSize, shapes, chunk, inTurn) => {
        const tables = shapes.map((each, at) => tableOf(`t${at}`, each));
        const { engine } = await opened(pageSize);
        const into = await engine.load(
          tables.map(([spec]) => spec),
          { lossy: 'refuse' },
        );
        const parts = tables.flatMap(([spec, rows]) =>
          Array.from({ length: Math.ceil(rows.length / chunk) }, (_, at) => ({
            ...{ spec, at },
            rows: rows.slice(at * chunk, (at + 1) * chunk),
          })),
        );
        // In turn, tables go on after others have begun.
        if (inTurn) parts.sort((one, other) => one.at - other.at);
        for (const { spec, rows } of parts) await into.batch(spec, batchOf(spec.columns, rows));
        await into.finish();
        for (const [spec, rows] of tables) await expectSound(engine, spec, rows);
        await engine.close();
      },
    ),
    { numRuns: 40 },
  );
});

/** Pages from the root of a table to a leaf. */
function depthOf(path: string, table: string): number {
  const db = bare(path);
  const { rootpage } = db.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(table)!;
  const { page_size: size } = db.prepare('PRAGMA page_size').get() as { page_size: number };
  db.close();
  const file = openSync(path, 'r');
  const page = Buffer.alloc(size);
  let depth = 1;
  for (let at = Number(rootpage); ; depth++) {
    readSync(file, page, 0, size, (at - 1) * size);
    if (page[0] === 0x0d) break;
    at = page.readUInt32BE(8);
  }
  closeSync(file);
  return depth;
}

describe('a table', () => {
  const id: ColumnSpec = { name: 'id', kind: 'int' };
  const note: ColumnSpec = { name: 'note', kind: 'text' };
  const noted = specOf([id, note], ['id']);
  const notes = (count: number): StoredRow[] =>
    Array.from({ length: count }, (_, at) => [at * 3 - 1000, `note ${at}`]);

  test.each([0, 1, 2, 15, 16, 17, 500, 600, 20_000])(
    'of %i rows in small pages, and more behind',
    async (count) => {
      const { engine } = await opened(512);
      await load(engine, noted, notes(count), 5_000);
      await expectSound(engine, noted, notes(count));
      const insert = 'INSERT INTO things VALUES (-5000, ?), (900000, ?), (-998, ?)';
      await engine.autocommit((session) =>
        session.run({ sql: insert }, ['first', 'last', 'x'.repeat(5_000)]),
      );
      await expectSound(engine, noted, [
        ...notes(count),
        ...[
          [-5000, 'first'],
          [900_000, 'last'],
          [-998, 'x'.repeat(5_000)],
        ],
      ]);
    },
  );

  test.each([
    [1, 1],
    [30, 2],
    [600, 3],
    [1_300, 4],
    [41_000, 5],
  ])('of %i rows that fill a page each is %i pages high', async (count, high) => {
    const { path, engine } = await opened(512);
    const note = 'n'.repeat(400);
    const rows = Array.from({ length: count }, (_, at): StoredRow => [at + 1, note]);
    await load(engine, noted, rows);
    await expectSound(engine, noted, rows);
    await engine.close();
    expect(depthOf(path, 'things')).toBe(high);
  });

  test('of hundreds of columns, with rows that are longer than pages', async () => {
    const wide = specOf(
      [id, ...Array.from({ length: 300 }, (_, at): ColumnSpec => ({ ...note, name: `n${at}` }))],
      ['id'],
    );
    const rows = Array.from({ length: 50 }, (_, row) => [
      row,
      ...wide.columns.slice(1).map((_, at) => `${row} ${at}`),
    ]);
    const { engine } = await opened();
    await load(engine, wide, rows);
    await expectSound(engine, wide, rows);
  });

  test('whose rows do not rise goes on with inserts', async () => {
    const { engine } = await opened();
    const rows = [...notes(500), ...notes(900).slice(600), ...notes(600).slice(500)];
    await load(engine, noted, rows, 100);
    await expectSound(engine, noted, rows);
  });

  test('with other unique values and a reference has them in its indexes, beside one without row numbers', async () => {
    const people: TableSpec = {
      ...specOf(
        [
          { ...note, name: 'name', maxLength: 40 },
          { ...id, name: 'badge', unique: true },
          { ...note, name: 'boss', maxLength: 40, nullable: true },
        ],
        ['name'],
      ),
      name: 'people',
      foreignKeys: [{ columns: ['boss'], table: 'people', references: ['name'], onDelete: 'restrict' }],
      indexes: [{ name: 'people_boss', columns: ['boss', 'badge'], unique: true }],
      metrics: [{ name: 'level', kind: 'real', nullable: true }],
    };
    const rows = Array.from(
      { length: 3_000 },
      (_, at): StoredRow => [`p${(at * 7919) % 3_000}`, at, at % 5 ? 'p1' : null],
    );
    const { engine } = await opened();
    const into = await engine.load([noted, people], { lossy: 'refuse' });
    const latest = { ...people, name: 'people_latest' };
    await into.batch(noted, batchOf(noted.columns, notes(2_000)));
    for (let from = 0; from < rows.length; from += 1_000)
      await into.batch(people, batchOf(people.columns, rows.slice(from, from + 1_000)));
    const columns = ['name', 'metrics_at', 'level'].map(
      (name): ColumnSpec => ({
        name,
        kind: name === 'name' ? 'text' : name === 'level' ? 'real' : 'instant',
      }),
    );
    await into.batch({ ...latest, columns }, batchOf(columns, [['p1', 5, 0.5]]));
    await into.index();
    await into.replace(people, [['p7']], [['p7', 9_999, null]]);
    await into.finish();
    expect((await engine.check()).filter(({ advice }) => !advice)).toEqual([]);
    const count =
      'SELECT count(*), max(badge) FROM people INDEXED BY sqlite_autoindex_people_1 WHERE name >= ?';
    expect(await engine.read((session) => session.get({ sql: count }, ['']))).toEqual([3_000, 9_999]);
    expect(await engine.read((session) => session.all({ sql: 'PRAGMA integrity_check' }, []))).toEqual([
      ['ok'],
    ]);
  });

  test.each<[string, TableSpec, StoredRow[], string]>([
    [
      'a number that comes twice',
      noted,
      [
        [1, 'a'],
        [1, 'b'],
      ],
      'CONFLICT',
    ],
    [
      'a key that comes twice',
      specOf([{ ...note, maxLength: 9 }], ['note']),
      [['a'], ['b'], ['a']],
      'CONFLICT',
    ],
    [
      'a value that is to be unique',
      specOf([id, { ...note, unique: true }], ['id']),
      [
        [1, 'a'],
        [2, 'a'],
      ],
      'CONFLICT',
    ],
    [
      'what a check refuses',
      { ...noted, checks: [{ name: 'brief', sql: 'length(note) < 3' }] },
      [
        [1, 'a'],
        [2, 'long'],
      ],
      'CHECK_FAILED',
    ],
    // Deeper than SQLite reads JSON.
    [
      'JSON that is none to SQLite',
      specOf([id, { name: 'note', kind: 'json' }], ['id']),
      [
        [1, '{}'],
        [2, '['.repeat(1_500) + ']'.repeat(1_500)],
      ],
      'CHECK_FAILED',
    ],
  ])('with %s is refused, and nothing is left of it', async (_, spec, rows, code) => {
    const { path, engine } = await opened();
    await expect(load(engine, spec, rows)).rejects.toMatchObject({ code });
    expect(await engine.introspect()).toEqual([]);
    expect(statSync(path).size).toBeLessThan(100_000);
    await load(engine, noted, notes(2_000));
    await expectSound(engine, noted, notes(2_000));
  });

  test('that is given up half way leaves a database that can be used', async () => {
    const { path, engine } = await opened();
    const into = await engine.load([noted], { lossy: 'refuse' });
    await into.batch(noted, batchOf(noted.columns, notes(200_000)));
    await into.abort();
    expect(statSync(path).size).toBeLessThan(100_000);
    await load(engine, noted, notes(10));
    await expectSound(engine, noted, notes(10));
  });
});

test('a row that is longer than SQLite takes is none of a page', () => {
  const path = scratchPath();
  const db = bare(path);
  db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, a BLOB, b BLOB)');
  db.close();
  const file = openSync(path, 'r+');
  onTestFinished(() => closeSync(file));
  const columns = ['id', 'a', 'b'].map(
    (name): ColumnSpec => ({ name, kind: name === 'id' ? 'int' : 'bytes' }),
  );
  const batch = batchOf(columns, [[1, Uint8Array.of(1), Uint8Array.of(2)]]);
  const pages = NewPages.of(file)!;
  const before = pages.next;
  const longer = {
    ...batch,
    columns: batch.columns.map((each, at) =>
      at === 0 ? each : { ...each, lengths: Uint32Array.of(500_000_000) },
    ),
  };
  expect(new TableTree(pages, 2, 0).add(longer)).toBe(false);
  expect(pages.next).toBe(before);
  expect(new TableTree(pages, 2, 0).add(batch)).toBe(true);
});

test('the page that systems lock is left out', () => {
  const path = scratchPath();
  const db = bare(path);
  db.exec('CREATE TABLE t (a)');
  const header = db.prepare('SELECT 1').get();
  expect(header).toBeDefined();
  db.close();
  const file = openSync(path, 'r+');
  onTestFinished(() => closeSync(file));
  const locked = 2 ** 30 / 4096 + 1;
  const count = Buffer.alloc(4);
  count.writeUInt32BE(locked - 3);
  writeSync(file, count, 0, 4, 28);
  const pages = NewPages.of(file)!;
  expect([1, 2, 3].map(() => pages.add(Uint8Array.of(1)))).toEqual([locked - 2, locked - 1, locked + 1]);
  expect(pages.after(locked - 1)).toBe(locked + 1);
  pages.finish();
  expect(statSync(path).size).toBe((locked + 1) * 4096);
});
