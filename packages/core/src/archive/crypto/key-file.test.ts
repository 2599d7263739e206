// Key files: private, durable, never overwritten, and recognised.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createKeyFile, createPrivateKeyFile, readKeyFile, writePrivateKeyFile } from './key-file.ts';
import { PassphraseKey } from './passphrase.ts';

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
  for (const [at, code] of [
    ['none', 'ENOENT'],
    ['b.key', 'ENOTDIR'],
  ] as const)
    await expect(createKeyFile(join(folder, at, 'c.key'))).rejects.toThrow(
      expect.objectContaining({ code: 'SETTING_INVALID', message: expect.stringContaining(code) }),
    );
});

test('a private key under a passphrase opens with that, and nothing of it is in the file', async () => {
  const path = join(folder, 'locked.key');
  const [horse, mule] = [new PassphraseKey('correct horse'), new PassphraseKey('correct mule')];
  const { privateKey } = await createPrivateKeyFile(path, horse);
  const text = readFileSync(path, 'latin1');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  for (const form of ['hex', 'base64'] as const)
    expect(text).not.toContain(Buffer.from(privateKey).toString(form).slice(0, 16));
  expect(await readKeyFile(path, async () => new PassphraseKey('correct horse'))).toEqual({
    kind: 'sealed',
    privateKey: Buffer.from(privateKey),
  });
  const refusal = (at: string, key?: PassphraseKey) =>
    readKeyFile(at, async () => key).then(
      () => 'read',
      (error: { code: string }) => error.code,
    );
  expect(await refusal(path, mule)).toBe('ARCHIVE_KEY_WRONG');
  expect(await refusal(path)).toBe('ARCHIVE_KEY_MISSING');
  // Another key's halves, parameters that eat memory, and every character that is not as it was.
  const broken = join(folder, 'broken.key');
  const refused = async (changed: string) => {
    writeFileSync(broken, changed);
    return refusal(broken, horse);
  };
  const other = join(folder, 'other.key');
  await createPrivateKeyFile(other, horse);
  const half = /"publicKey":"[^"]+"/;
  const swapped = text.replace(half, half.exec(readFileSync(other, 'latin1'))![0]);
  expect(await refused(swapped)).toBe('ARCHIVE_KEY_WRONG');
  expect(await refused(text.replace(/"memoryKiB":\d+/, '"memoryKiB":999999999'))).toBe('ARCHIVE_LIMIT');
  expect(await refused(text.replace(/"passes":\d+/, '"passes":100000'))).toBe('ARCHIVE_LIMIT');
  for (let at = text.indexOf('"wrapped":"') + 11; text[at] !== '"' && text[at] !== '='; at += 16)
    expect(await refused(`${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`)).toBe(
      'ARCHIVE_KEY_WRONG',
    );
  expect(await refused(text.slice(0, -20))).toBe('ARCHIVE_KEY_WRONG');
  await expect(writePrivateKeyFile(path, privateKey)).rejects.toThrow(
    expect.objectContaining({ code: 'ARCHIVE_EXISTS' }),
  );
});
