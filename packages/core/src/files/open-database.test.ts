// A database that is open here is told by its file, whatever name it is given, and keeps its locks.

import { spawnSync } from 'node:child_process';
import { linkSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { readKeyFile } from '../archive/crypto/key-file.ts';
import { openFile, openFileSource } from '../archive/format/file-source.ts';
import { isOpenDatabase } from './open-database.ts';
import { readGiven } from './read-given.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-open-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Whether another process may write. */
function mayWrite(path: string): boolean {
  const script = `new (require('node:sqlite').DatabaseSync)(${JSON.stringify(path)}).exec('BEGIN IMMEDIATE')`;
  return spawnSync(process.execPath, ['-e', script]).status === 0;
}

test.each(['wal', 'delete'])('with a journal of the kind %s', async (mode) => {
  const path = join(folder(), 'a.db');
  expect(isOpenDatabase(path)).toBe(false);
  const db = new DatabaseSync(path);
  // Not a page of it is written yet.
  expect(isOpenDatabase(path)).toBe(true);
  db.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE t (x); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)`);
  const names = [
    path,
    `${path}.link`,
    `${path}.name`,
    ...(mode === 'wal' ? [`${path}-wal`, `${path}-shm`] : []),
  ];
  symlinkSync(path, names[1]!);
  linkSync(path, names[2]!);
  for (const name of names) {
    expect(isOpenDatabase(name), name).toBe(true);
    await expect(openFileSource(name)).rejects.toMatchObject({ code: 'ARCHIVE_FOREIGN' });
    await expect(openFile(name, 'r+')).rejects.toMatchObject({ code: 'ARCHIVE_FOREIGN' });
    expect(() => readGiven(name)).toThrow('EBUSY');
    await expect(readKeyFile(name)).rejects.toMatchObject({ code: 'ARCHIVE_KEY_WRONG' });
  }
  expect(mayWrite(path)).toBe(false);
  db.exec('COMMIT');
  expect(mayWrite(path)).toBe(true);
  db.close();
  expect(isOpenDatabase(path)).toBe(false);
});

test('a file that is open here and no database is read as ever, and one that nobody has open', async () => {
  const path = join(folder(), 'a.sma');
  writeFileSync(path, 'long enough to be read');
  await using handle = await open(path);
  expect(isOpenDatabase(path)).toBe(false);
  const [one, two] = [await openFileSource(path), await openFileSource(path)];
  await one.close();
  expect(await two.read(0, 4)).toEqual(Buffer.from('long'));
  await two.close();
  expect((await handle.stat()).size).toBe(22);
  await using writing = await open(`${path}.partial`, 'wx');
  expect(isOpenDatabase(`${path}.partial`)).toBe(false);
  expect((await writing.stat()).size).toBe(0);
  expect(isOpenDatabase(join(folder(), 'none'))).toBe(false);
});
