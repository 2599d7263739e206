// SFTP where the server knows the bare protocol only, and lets in by password.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTarget, setUpTarget } from '../open-target.ts';
import { uploadArchive } from '../upload.ts';
import { type BareServer, bareServer } from './test-server.ts';

let root: string;
let server: BareServer;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-sftp-'));
  server = await bareServer(root);
});
afterEach(async () => {
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

const bytes = Buffer.alloc(3 * 2 ** 20 + 5, 'bytes of an archive ');
const source = {
  size: bytes.length,
  async *read(start: number, end: number) {
    yield bytes.subarray(start, end);
  },
};

test('an archive is stored, gone on with, read and deleted', async () => {
  const settings = await setUpTarget(server.settings, server.credentials);
  const target = openTarget(settings, server.credentials);
  const dead = await target.write('a.sma');
  await dead.write(bytes.subarray(0, 2 * 2 ** 20));
  const upload = await target.write('a.sma', { resume: source });
  expect(upload.offset).toBe(2 * 2 ** 20);
  await upload.suspend();
  await uploadArchive(target, 'a.sma', source);
  const read: Uint8Array[] = [];
  for await (const chunk of target.read('a.sma')) read.push(chunk);
  expect(Buffer.concat(read).equals(bytes)).toBe(true);
  expect(readdirSync(root).sort()).toEqual(['.holdfast-target', 'a.sma']);
  await expect(dead.finish()).rejects.toMatchObject({ code: 'TARGET_TAKEN' });
  await expect(target.write('a.sma')).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
  await target.delete('a.sma');
  expect(await target.stat('a.sma')).toBeUndefined();
  await target.close();
});

test('of two that publish one name the second is refused', async () => {
  const settings = await setUpTarget(server.settings, server.credentials);
  const target = openTarget(settings, server.credentials);
  const [first, second] = [await target.write('a.sma'), await target.write('a.sma')];
  await first.write(Buffer.from('first'));
  await second.write(Buffer.from('second'));
  await second.finish();
  await expect(first.finish()).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
  expect(await target.stat('a.sma')).toMatchObject({ size: 6 });
  await target.close();
});

test('another password is refused', async () => {
  await expect(setUpTarget(server.settings, { password: 'another' })).rejects.toMatchObject({
    code: 'TARGET_AUTH',
  });
});
