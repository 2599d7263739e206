// A file that is no Holdfast database, or one of a newer Holdfast, is refused by name and left as it is.

import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { applicationId, formatVersion } from './preflight.ts';
import {
  bare,
  contents,
  digest,
  makeDatabase,
  open,
  refusal,
  scratchFolder,
  scratchPath,
  things,
} from './test-store.ts';

test.each<[string, string | Buffer]>([
  ['text', 'this is not a database, but it is longer than the header of one would be. '.repeat(3)],
  ['a short file', 'SQLite format 3\0'],
  ['a single byte', 'S'],
  ['zeros', Buffer.alloc(8_192)],
  ['a damaged magic', `SQLite format 4\0${'\0'.repeat(200)}`],
])('%s is foreign', async (_, content) => {
  const path = scratchPath();
  writeFileSync(path, content);
  for (const adopt of [false, true]) {
    const error = await refusal(open(path, { adopt }));
    expect(error).toMatchObject({ code: 'DATABASE_FOREIGN', exit: 5 });
    expect(error.message).toContain(path);
  }
  expect(contents(dirname(path))).toEqual({ 'test.db': digest(content) });
});

test('a header of SQLite and nothing behind it is refused as well', async () => {
  const path = scratchPath();
  const header = readFileSync(await makeDatabase()).subarray(0, 120);
  writeFileSync(path, header);
  expect(['DATABASE_CORRUPT', 'DATABASE_FOREIGN']).toContain((await refusal(open(path))).code);
  expect(readFileSync(path)).toEqual(header);
});

test('an empty file becomes a database', async () => {
  const path = scratchPath();
  writeFileSync(path, '');
  const store = await open(path);
  expect(await store.repository(things).count()).toBe(0);
  expect(await store.doctor()).toEqual([]);
});

test('a folder is no database', async () => {
  const folder = scratchFolder();
  expect(await refusal(open(folder))).toMatchObject({ code: 'DATABASE_FOREIGN', exit: 5 });
});

test('a folder that does not exist is not made', async () => {
  const path = join(scratchFolder(), 'no', 'test.db');
  const error = await refusal(open(path));
  expect(error).toMatchObject({ code: 'DATABASE_NOT_FOUND', exit: 4 });
  expect(error.message).toContain(dirname(path));
  expect(existsSync(dirname(path))).toBe(false);
});

test('a path below a file is refused', async () => {
  const path = await makeDatabase();
  expect((await refusal(open(join(path, 'test.db')))).code).toMatch(/^DATABASE_(UNREACHABLE|NOT_FOUND)$/);
});

test('where a database must exist, none is made', async () => {
  const path = scratchPath();
  expect(await refusal(open(path, { mustExist: true }))).toMatchObject({
    code: 'DATABASE_NOT_FOUND',
    exit: 4,
  });
  expect(existsSync(path)).toBe(false);
  await makeDatabase(path);
  expect(await (await open(path, { mustExist: true })).repository(things).count()).toBe(1);
});

test('a database of another program is refused, and adopted only when asked', async () => {
  const path = scratchPath();
  const other = bare(path);
  other.exec(`PRAGMA user_version=77; CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)`);
  other.close();
  const before = contents(dirname(path));
  expect(await refusal(open(path))).toMatchObject({ code: 'DATABASE_FOREIGN', exit: 5 });
  expect(contents(dirname(path))).toEqual(before);

  const store = await open(path, { adopt: true });
  await store.repository(things).insert({ id: 1 });
  expect(await store.doctor()).toEqual([]);
  await store.close();
  expect(await (await open(path)).repository(things).count()).toBe(1);
  expect(bare(path).prepare('SELECT a FROM theirs').get()).toMatchObject({ a: 1 });
});

test('a new database carries the marks that say whose it is', async () => {
  const db = bare(await makeDatabase());
  expect(db.prepare('PRAGMA application_id').get()).toMatchObject({ application_id: applicationId });
  expect(db.prepare('PRAGMA user_version').get()).toMatchObject({ user_version: formatVersion });
});

/** The journal of a transaction that was cut off while it made the first page of a file. */
function journalOfNothing(): Buffer {
  const journal = Buffer.alloc(512);
  journal.write('d9d505f920a163d7', 'hex');
  // No pages before, sectors of 512 bytes, pages of 4,096.
  journal.writeUInt32BE(512, 20);
  journal.writeUInt32BE(4_096, 24);
  return journal;
}

test('a database whose making was cut off is made anew, marks included', async () => {
  const path = scratchPath();
  const db = bare(path);
  db.exec(`PRAGMA application_id=${applicationId}`);
  db.close();
  writeFileSync(`${path}-journal`, journalOfNothing());
  const store = await open(path);
  await store.repository(things).insert({ id: 1 });
  await store.close();
  expect(await (await open(path)).repository(things).count()).toBe(1);
  expect(bare(path).prepare('PRAGMA user_version').get()).toMatchObject({ user_version: formatVersion });
});

test('a database of another program is refused too when its adoption was cut off', async () => {
  const path = scratchPath();
  const other = bare(path);
  other.exec('CREATE TABLE theirs (a)');
  other.close();
  const page = readFileSync(path).subarray(0, 4_096);
  const adopted = bare(path);
  adopted.exec(`PRAGMA application_id=${applicationId}`);
  adopted.close();
  // As it was: one page, with its number before it and a checksum of every 200th byte behind it.
  const journal = Buffer.alloc(512 + 4 + 4_096 + 4);
  journalOfNothing().copy(journal);
  journal.writeUInt32BE(1, 8);
  journal.writeUInt32BE(readFileSync(path).length / 4_096, 16);
  journal.writeUInt32BE(1, 512);
  page.copy(journal, 516);
  let checksum = 0;
  for (let at = 4_096 - 200; at > 0; at -= 200) checksum += page[at]!;
  journal.writeUInt32BE(checksum, 516 + 4_096);
  writeFileSync(`${path}-journal`, journal);
  expect(await refusal(open(path))).toMatchObject({ code: 'DATABASE_FOREIGN', exit: 5 });
  expect(bare(path).prepare('PRAGMA application_id').get()).toMatchObject({ application_id: 0 });
});

test('a database of a newer format is refused untouched', async () => {
  const path = await makeDatabase();
  const db = bare(path);
  db.exec(`PRAGMA user_version=${formatVersion + 1}`);
  db.close();
  const before = contents(dirname(path));
  for (const adopt of [false, true])
    expect(await refusal(open(path, { adopt }))).toMatchObject({ code: 'DATABASE_NEWER', exit: 3 });
  expect(contents(dirname(path))).toEqual(before);
});

/** A copy of a database as an unclean stop leaves it: what `sql` did stands in the log only. */
async function uncleanCopy(sql: string): Promise<string> {
  const path = await makeDatabase();
  const db = bare(path);
  db.exec(`PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; ${sql}`);
  const folder = join(scratchFolder(), 'copy');
  mkdirSync(folder);
  const copy = join(folder, 'test.db');
  for (const end of ['', '-wal']) copyFileSync(path + end, copy + end);
  return copy;
}

test('so is one whose newer format stands in the log of an unclean stop', async () => {
  const path = await uncleanCopy(`PRAGMA user_version=${formatVersion + 1}`);
  expect(readFileSync(path).readUInt32BE(60)).toBe(formatVersion);
  const before = contents(dirname(path));
  expect(before['test.db-wal']).not.toBe(digest(''));
  expect(await refusal(open(path))).toMatchObject({ code: 'DATABASE_NEWER', exit: 3 });
  expect(contents(dirname(path))).toEqual(before);
});

test('so is one with a migration of a newer program, its log included', async () => {
  const newer = `INSERT INTO holdfast_migrations VALUES ('test', '0002-later', 'x', 0, '9.9.9')`;
  const path = await uncleanCopy(newer);
  const before = contents(dirname(path));
  const error = await refusal(open(path));
  expect(error).toMatchObject({ code: 'DATABASE_NEWER', exit: 3 });
  expect(error.message).toContain('test/0002-later');
  expect(contents(dirname(path))).toEqual(before);
});

test('and one that was closed as it should be', async () => {
  const path = await makeDatabase();
  const db = bare(path);
  db.exec(`INSERT INTO holdfast_migrations VALUES ('test', '0002-later', 'x', 0, '9.9.9')`);
  db.close();
  const before = contents(dirname(path));
  expect((await refusal(open(path))).code).toBe('DATABASE_NEWER');
  expect(contents(dirname(path))).toEqual(before);
});

test('after an unclean stop the database opens with what was committed', async () => {
  const path = await uncleanCopy(`INSERT INTO things VALUES (2, 'in the log')`);
  const store = await open(path);
  expect(await store.repository(things).get({ id: 2 })).toEqual({ id: 2, name: 'in the log' });
  expect(await store.check()).toEqual([]);
});
