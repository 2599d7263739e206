// What a SQLite file may hold beyond its declaration comes as what it is, and goes back as what it was.

import { expect, onTestFinished, test } from 'vitest';
import type { StoredRow } from '../../schema/codec.ts';
import { bigint, bool, bytes, int, json, real, text } from '../../schema/column.ts';
import { latestSpec, type TableSpec } from '../../schema/spec.ts';
import { table } from '../../schema/table.ts';
import type { Engine } from '../engine.ts';
import { connectSqlite } from './connect.ts';
import { bare, scratchPath } from './test-store.ts';

const odd = table(
  'odd',
  {
    id: int(),
    note: text().nullable(),
    size: int().nullable(),
    flag: bool().nullable(),
    extra: json().nullable(),
    data: bytes().nullable(),
  },
  { key: ['id'] },
);
const opened = async (path: string): Promise<Engine> => {
  const engine = await connectSqlite(`sqlite:${path}`, { adopt: true });
  onTestFinished(() => engine.close());
  return engine;
};
const read = async (engine: Engine, spec: TableSpec, chunkRows?: number): Promise<StoredRow[]> => {
  const snapshot = await engine.snapshot([spec]);
  const found: StoredRow[] = [];
  for await (const rows of snapshot.rows(spec, chunkRows === undefined ? {} : { chunkRows }))
    found.push(...rows);
  const ids = found.map(([id]) => [id!]);
  const byKey: StoredRow[] = [];
  if (spec.key.length === 1) for await (const rows of snapshot.rowsByKeys(spec, ids)) byKey.push(...rows);
  if (spec.key.length === 1) expect(byKey.toSorted(byId)).toEqual(found.toSorted(byId));
  await snapshot.close();
  return found;
};
const byId = (a: StoredRow, b: StoredRow): number => (String(a[0]) < String(b[0]) ? -1 : 1);
const broken = Uint8Array.of(0x61, 0xff, 0x62);

test('a table without types gives every value as it lies there', async () => {
  const path = scratchPath();
  const db = bare(path);
  db.exec(`CREATE TABLE odd (id INTEGER PRIMARY KEY, note, size, flag, extra, data);
    INSERT INTO odd VALUES (1, CAST(x'61ff62' AS TEXT), 9007199254740993, 1, '{"a":1}', x'00ff'),
      (2, x'6162', 'seven', 2, CAST(x'7bff7d' AS TEXT), 'text'), (3, 12, 1.5, 'yes', 3, 4),
      (4, 'a' || char(0) || 'b' || char(65279), 0, 0, '[]', x''), (5, char(65533), -9223372036854775808, NULL, NULL, NULL),
      (6, '', 9e999, 0.5, '', NULL)`);
  db.close();
  const engine = await opened(path);
  const expected = [
    [1, broken, 2n ** 53n + 1n, true, '{"a":1}', Uint8Array.of(0, 255)],
    [2, Uint8Array.of(0x61, 0x62), 'seven', 2, Uint8Array.of(0x7b, 0xff, 0x7d), 'text'],
    [3, 12, 1.5, 'yes', 3, 4],
    [4, 'a\0b\uFEFF', 0, false, '[]', new Uint8Array(0)],
    [5, '\uFFFD', -(2n ** 63n), null, null, null],
    [6, '', Number.POSITIVE_INFINITY, 0.5, '', null],
  ];
  expect(await read(engine, odd.spec)).toEqual(expected);
  expect(await read(engine, odd.spec, 1)).toEqual(expected);
});

test('what a typed table can hold past its declaration survives into another one', async () => {
  const rows = (): StoredRow[] => [
    [1, broken, 2n ** 53n + 1n, true, '{"a":1,"a":2,"n":1234567890123456789012.50}', null],
    [2, 'a\0b', -(2n ** 63n), false, '[]', new Uint8Array(0)],
    [3, '\uFFFD\uFFFE', null, null, null, null],
  ];
  const [one, other] = [await opened(scratchPath()), await opened(scratchPath())];
  for (const [target, given] of [
    [one, rows()],
    [other, undefined],
  ] as const) {
    const load = await target.load([odd.spec], { lossy: 'refuse' });
    await load.rows(odd.spec, given ?? (await read(one, odd.spec)));
    await load.finish();
    expect(await read(target, odd.spec)).toEqual(rows());
  }
});

test('keys that are not UTF-8, in a table that lies in the order of its key', async () => {
  const keyed = table(
    'keyed',
    { name: text(20), part: bigint(), level: real().metric() },
    { key: ['name', 'part'] },
  );
  const spec = latestSpec(keyed.spec)!;
  const path = scratchPath();
  const db = bare(path);
  db.exec(`CREATE TABLE keyed_latest (name TEXT NOT NULL, part INTEGER NOT NULL, metrics_at INTEGER NOT NULL, level REAL,
      PRIMARY KEY (name, part)) STRICT, WITHOUT ROWID;
    INSERT INTO keyed_latest VALUES (CAST(x'61ff62' AS TEXT), 1, 5, 1.5), (CAST(x'61ff63' AS TEXT), 2, 5, NULL),
      ('a', 3, 5, 0.5), (char(65533), 4, 5, 2), ('z', 9007199254740993, 5, 3)`);
  db.close();
  const engine = await opened(path);
  const expected = [
    ['a', 3n, 5, 0.5],
    [broken, 1n, 5, 1.5],
    [Uint8Array.of(0x61, 0xff, 0x63), 2n, 5, null],
    ['z', 2n ** 53n + 1n, 5, 3],
    ['\uFFFD', 4n, 5, 2],
  ];
  for (const chunkRows of [1, 2, 100]) expect(await read(engine, spec, chunkRows)).toEqual(expected);
  const snapshot = await engine.snapshot([spec]);
  const found: StoredRow[] = [];
  for await (const rows of snapshot.rowsByKeys(spec, [
    [broken, 1n],
    ['z', 2n ** 53n + 1n],
    ['z', 1n],
  ]))
    found.push(...rows);
  expect(found.toSorted(byId)).toEqual([expected[1], expected[3]].toSorted(byId as never));
  await snapshot.close();
});
