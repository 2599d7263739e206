// Where a restore into a file works, what it refuses before it begins, and how what it made takes its name.

import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { bare, makeDatabase, open, scratchPath, things } from '../../engine/sqlite/test-store.ts';
import { domainOf } from '../../engine/sqlite/test-tables.ts';
import { holdsRecordsAt, placeFor } from './place.ts';

const specs = [things.spec];
const domains = [domainOf(things)];
const named = (path: string): string[] => readdirSync(dirname(path));

/** A database as a restore makes one. */
function fill(url: string, rows = 1): void {
  const db = bare(url.replace(/^sqlite:/, ''));
  db.exec('CREATE TABLE restored (id)');
  for (let row = 0; row < rows; row++) db.exec('INSERT INTO restored VALUES (1)');
  db.close();
}

const rowsIn = (path: string): unknown => bare(path).prepare('SELECT count(*) AS rows FROM restored').get();

async function emptyDatabase(): Promise<string> {
  const path = scratchPath();
  await (await open(path)).close();
  return path;
}

test('beside a file that is not there yet, or holds no records', async () => {
  for (const path of [scratchPath(), await emptyDatabase()]) {
    const place = await placeFor(`sqlite:${path}`, specs, false);
    expect(place.url).not.toBe(`sqlite:${path}`);
    fill(place.url);
    await place.settle();
    expect(rowsIn(path)).toEqual({ rows: 1 });
    expect(named(path)).toEqual(['test.db']);
  }
});

test('what is given up leaves the target as it was', async () => {
  const path = await emptyDatabase();
  const before = statSync(path);
  const place = await placeFor(`sqlite:${path}`, specs, false);
  fill(place.url);
  await place.abandon();
  expect(named(path)).toEqual(['test.db']);
  expect(statSync(path).ino).toBe(before.ino);
});

test('a dry run makes nothing, not even beside', async () => {
  const path = scratchPath();
  const place = await placeFor(`file:${path}`, specs, true);
  expect(place.url).toBe('sqlite::memory:');
  await place.settle();
  await place.abandon();
  expect(named(path)).toEqual([]);
});

test('memory, a folder that is not there, records, another process, and what cannot be made are refused', async () => {
  await expect(placeFor('sqlite::memory:', specs, false)).rejects.toMatchObject({ code: 'USAGE' });
  const path = scratchPath();
  for (const missing of [join(path, 'x.db'), join(dirname(path), 'none/x.db')])
    await expect(placeFor(`sqlite:${missing}`, specs, false)).rejects.toMatchObject({
      code: 'DATABASE_NOT_FOUND',
    });
  writeFileSync(join(dirname(path), 'file'), '');
  await expect(placeFor(`sqlite:${dirname(path)}/file/x.db`, specs, false)).rejects.toMatchObject({
    code: 'DATABASE_NOT_FOUND',
  });
  const full = await makeDatabase();
  for (const dryRun of [true, false])
    await expect(placeFor(`sqlite:${full}`, specs, dryRun)).rejects.toMatchObject({
      code: 'RESTORE_NOT_EMPTY',
    });
  const used = scratchPath();
  await open(used);
  await expect(placeFor(`sqlite:${used}`, specs, false)).rejects.toMatchObject({ code: 'DATABASE_BUSY' });
  // The name beside it is longer than a name can be.
  const long = join(dirname(path), `${'x'.repeat(230)}.db`);
  await expect(placeFor(`sqlite:${long}`, specs, false)).rejects.toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    message: expect.stringContaining(`${long} cannot be made: ENAMETOOLONG`),
  });
});

test('a database that has appeared meanwhile stays; the log of one that is gone does not', async () => {
  const path = scratchPath();
  const place = await placeFor(`sqlite:${path}`, specs, false);
  fill(place.url);
  writeFileSync(`${path}-wal`, 'of a database that is gone');
  fill(`sqlite:${path}`, 2);
  await expect(place.settle()).rejects.toMatchObject({ code: 'RESTORE_NOT_EMPTY' });
  expect(rowsIn(path)).toEqual({ rows: 2 });
  await place.abandon();
  const other = scratchPath();
  const second = await placeFor(`sqlite:${other}`, specs, false);
  fill(second.url);
  for (const suffix of ['-wal', '-shm']) writeFileSync(`${other}${suffix}`, 'of a database that is gone');
  await second.settle();
  expect(named(other)).toEqual(['test.db']);
  expect(rowsIn(other)).toEqual({ rows: 1 });
});

test('what was not closed, or is not there, takes nobody’s name', async () => {
  const path = scratchPath();
  const place = await placeFor(`sqlite:${path}`, specs, false);
  await expect(place.settle()).rejects.toMatchObject({ code: 'ENOENT' });
  fill(place.url);
  writeFileSync(`${place.url.replace('sqlite:', '')}-wal`, '');
  await expect(place.settle()).rejects.toThrow('was not closed');
  expect(existsSync(path)).toBe(false);
});

test('whether records live somewhere', async () => {
  expect(await holdsRecordsAt(`sqlite:${scratchPath()}`, domains)).toBe(false);
  expect(await holdsRecordsAt(`sqlite:${await emptyDatabase()}`, domains)).toBe(false);
  expect(await holdsRecordsAt(`sqlite:${await makeDatabase()}`, domains)).toBe(true);
  const foreign = scratchPath();
  writeFileSync(foreign, 'no database at all, and longer than a header of one would be'.repeat(20));
  await expect(holdsRecordsAt(`sqlite:${foreign}`, domains)).rejects.toMatchObject({
    code: 'DATABASE_FOREIGN',
  });
  const folder = scratchPath();
  mkdirSync(folder);
  await expect(holdsRecordsAt(`sqlite:${folder}`, domains)).rejects.toMatchObject({
    exit: expect.any(Number),
  });
});
