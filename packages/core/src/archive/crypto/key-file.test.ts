// Key files: private, durable, never overwritten, and recognised.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createKeyFile, readKeyFile } from './key-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-key-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a key file is written once, for its owner alone, and read again', async () => {
  const path = join(folder, 'a.key');
  const made = await createKeyFile(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(await readKeyFile(path)).toEqual(made);
  const before = readFileSync(path);
  await expect(createKeyFile(path)).rejects.toThrow(expect.objectContaining({ code: 'ARCHIVE_EXISTS' }));
  expect(readFileSync(path)).toEqual(before);
});

test('what is no key file, or not there, is named', async () => {
  const path = join(folder, 'b.key');
  await expect(readKeyFile(path)).rejects.toThrow(
    expect.objectContaining({ code: 'ARCHIVE_KEY_MISSING', exit: 8 }),
  );
  writeFileSync(path, 'holdfast-key 1234\n');
  await expect(readKeyFile(path)).rejects.toThrow(
    expect.objectContaining({ code: 'ARCHIVE_KEY_WRONG', exit: 8 }),
  );
  await expect(createKeyFile(join(folder, 'none', 'c.key'))).rejects.toThrow(/ENOENT/);
});
