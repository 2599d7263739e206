// What carries the name is whole; a file that is there is never overwritten, and a full disk leaves nothing behind.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { smallRows, writeSmall } from '../test-archive.ts';
import { ArchiveReader } from './archive-reader.ts';
import { openFileSink } from './file-sink.ts';
import { openFileSource } from './file-source.ts';

const root = mkdtempSync(join(tmpdir(), 'holdfast-sink-'));
afterAll(() => rmSync(root, { recursive: true }));
let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(root, 'test-'));
  path = join(folder, 'a.sma');
});
const failure = (code: string) => expect.objectContaining({ code });

test('an archive gets its name when it is whole, and is read from there', async () => {
  const sink = await openFileSink(path);
  const result = await writeSmall(sink, []);
  expect(readdirSync(folder)).toEqual(['a.sma.partial']);
  await sink.commit();
  expect(readdirSync(folder)).toEqual(['a.sma']);
  expect(statSync(path)).toMatchObject({ size: result.bytes });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await sink.abort();
  const source = await openFileSource(path);
  const reader = await ArchiveReader.open(source);
  const rows = [];
  for await (const batch of reader.rows({ table: 'device' })) rows.push(...batch.rows());
  await source.close();
  expect(rows).toEqual(smallRows(25));
});

describe('nothing is overwritten', () => {
  test('at the beginning', async () => {
    writeFileSync(path, 'there');
    await expect(openFileSink(path)).rejects.toThrow(failure('ARCHIVE_EXISTS'));
    expect(readdirSync(folder)).toEqual(['a.sma']);
  });

  test('when the name was taken meanwhile; the partial file goes', async () => {
    const sink = await openFileSink(path);
    await sink.write(Buffer.from('mine'));
    writeFileSync(path, 'theirs');
    await expect(sink.commit()).rejects.toThrow(failure('ARCHIVE_EXISTS'));
    expect(readFileSync(path, 'utf8')).toBe('theirs');
    expect(readdirSync(folder)).toEqual(['a.sma']);
  });

  test('of what a killed process left, unless that is asked for', async () => {
    writeFileSync(`${path}.partial`, 'left');
    await expect(openFileSink(path)).rejects.toThrow(failure('ARCHIVE_EXISTS'));
    expect(readFileSync(`${path}.partial`, 'utf8')).toBe('left');
    const sink = await openFileSink(path, { replace: true });
    await sink.abort();
    expect(readdirSync(folder)).toEqual([]);
  });
});

test.skipIf(!existsSync('/dev/full'))(
  'a full disk is named, and the partial file gives its room back',
  async () => {
    symlinkSync('/dev/full', `${path}.partial`);
    const sink = await openFileSink(path, { replace: true });
    await expect(sink.write(Buffer.alloc(1_000_000))).rejects.toThrow(failure('DISK_FULL'));
    expect(readdirSync(folder)).toEqual([]);
  },
);

test('a place where nothing may be written is named', async () => {
  writeFileSync(join(folder, 'file'), 'no folder');
  await expect(openFileSink(join(folder, 'file', 'a.sma'))).rejects.toThrow(failure('SETTING_INVALID'));
  await expect(openFileSink(join(folder, `${'a'.repeat(300)}.sma`))).rejects.toThrow(
    failure('SETTING_INVALID'),
  );
  rmSync(join(folder, 'file'));
});

test('an aborted archive leaves nothing, and a missing folder is named', async () => {
  const sink = await openFileSink(path);
  await sink.write(Buffer.from('some'));
  await sink.abort();
  await sink.abort();
  expect(readdirSync(folder)).toEqual([]);
  await expect(openFileSink(join(folder, 'none', 'a.sma'))).rejects.toThrow(failure('ARCHIVE_NOT_FOUND'));
});

test('what is no file cannot be opened as an archive', async () => {
  await expect(openFileSource(path)).rejects.toThrow(failure('ARCHIVE_NOT_FOUND'));
  mkdirSync(path);
  await expect(openFileSource(path)).rejects.toThrow(failure('ARCHIVE_NOT_FOUND'));
});
