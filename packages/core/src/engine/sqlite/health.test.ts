// The check of a SQLite file finds damaged pages and references that lead nowhere, and mends the latter.

import { closeSync, copyFileSync, openSync, readFileSync, writeSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { int, json, real, text } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';
import { bare, open, refusal, scratchPath } from './test-store.ts';

const parents = table('parents', { id: int(), name: text(20) }, { key: ['id'] });
const children = table(
  'children',
  { id: int(), parent: int().references(parents, 'id'), data: json().nullable() },
  { key: ['id'] },
);
const pairs = table('pairs', { a: text(9), b: text(9), load: real().metric() }, { key: ['a', 'b'] });
const tables = [parents, children, pairs];

async function filled(): Promise<string> {
  const path = scratchPath();
  const store = await open(path, { tables });
  await store
    .repository(parents)
    .insertMany(Array.from({ length: 2_000 }, (_, id) => ({ id, name: `n${id}` })));
  await store.repository(children).insertMany([
    { id: 1, parent: 1 },
    { id: 2, parent: 2 },
  ]);
  await store.repository(pairs).insertMany([
    { a: 'x', b: 'y', load: 1 },
    { a: 'x', b: 'z', load: 2 },
  ]);
  await store.close();
  return path;
}

describe('a damaged page', () => {
  /** A copy with one page of the table overwritten. */
  async function spoiled(bytes: Buffer, isLarge = false): Promise<string> {
    const path = await filled();
    const db = bare(path);
    // A file keeps the room of what was dropped.
    if (isLarge) db.exec('CREATE TABLE room AS SELECT zeroblob(6000000) AS bytes; DROP TABLE room');
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const pages = db.prepare(`SELECT pageno FROM dbstat WHERE name = 'parents' AND pagetype = 'leaf'`).all();
    const page = Number(pages.at(3)!['pageno']);
    db.close();
    const copy = scratchPath();
    copyFileSync(path, copy);
    const file = openSync(copy, 'r+');
    writeSync(file, bytes, 0, bytes.length, (page - 1) * 4_096);
    closeSync(file);
    return copy;
  }

  test.each([
    ['of zeros', Buffer.alloc(4_096), false],
    ['of noise', Buffer.alloc(4_096, 0xa7), false],
    ['of noise, in a large file,', Buffer.alloc(4_096, 0xa7), true],
    ['with a broken head', Buffer.from([0x0d, 0, 0, 0xff, 0xff, 0xff, 0xff, 0]), false],
  ])('%s is found, and the file stays as it is', async (_, bytes, isLarge) => {
    const path = await spoiled(bytes, isLarge);
    const before = readFileSync(path);
    const store = await open(path, { tables });
    const findings = await store.check();
    expect(findings.length).toBeGreaterThan(0);
    for (const { code, fix } of findings) {
      expect(code).toBe('DATABASE_CORRUPT');
      expect(fix).toMatch(/restore|proven backup/);
    }
    await store.close();
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('is named when it is met', async () => {
    const store = await open(await spoiled(Buffer.alloc(4_096, 0xa7)), { tables });
    const reading = store.repository(parents).list({ limit: 10_000 });
    expect(await refusal(reading)).toMatchObject({ code: 'DATABASE_CORRUPT', exit: 5 });
    expect(await store.repository(children).count()).toBe(2);
  });
});

describe('a reference that leads nowhere', () => {
  test('is found, and its statement mends it', async () => {
    const path = await filled();
    const db = bare(path);
    db.exec('PRAGMA foreign_keys=OFF; DELETE FROM parents WHERE id = 2');
    const store = await open(path, { tables });
    const findings = await store.check();
    expect(findings).toMatchObject([{ code: 'REFERENCE_MISSING', where: 'children row 2' }]);
    db.exec(findings[0]!.fix);
    expect(await store.check()).toEqual([]);
    expect((await store.repository(children).list()).items.map(({ id }) => id)).toEqual([1]);
  });

  test('also where the table has no row ids', async () => {
    const path = await filled();
    const db = bare(path);
    db.exec('PRAGMA foreign_keys=OFF; DELETE FROM pairs');
    db.exec(`INSERT INTO pairs VALUES ('x', 'z')`);
    const store = await open(path, { tables });
    const findings = await store.check();
    expect(findings).toMatchObject([{ code: 'REFERENCE_MISSING', where: 'pairs_latest reference 0' }]);
    db.exec(findings[0]!.fix);
    expect(await store.check()).toEqual([]);
    expect((await store.repository(pairs).list()).items).toMatchObject([{ a: 'x', b: 'z', load: 2 }]);
  });
});

test('text that is no JSON is a finding, not a failure', async () => {
  const path = await filled();
  bare(path).exec(`PRAGMA ignore_check_constraints=ON; UPDATE children SET data = '{oops' WHERE id = 2`);
  const store = await open(path, { tables });
  const findings = await store.check();
  expect(findings.map(({ code }) => code)).toContain('DATA_UNSOUND');
  expect(findings.some(({ what }) => what.includes('children.data'))).toBe(true);
  expect(await refusal(store.repository(children).get({ id: 2 }))).toMatchObject({
    code: 'DATA_UNSOUND',
    exit: 5,
  });
  expect(await store.repository(children).get({ id: 1 })).toBeDefined();
});
