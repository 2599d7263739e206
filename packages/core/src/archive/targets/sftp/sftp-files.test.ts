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

const whole = async (bytes: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const read: Uint8Array[] = [];
  for await (const chunk of bytes) read.push(chunk);
  return Buffer.concat(read);
};

test('a server with another key, or one that nobody knows, is told by its fingerprint', async () => {
  const { fingerprint, ...unknown } = server.settings;
  await expect(setUpTarget(unknown, server.credentials)).rejects.toMatchObject({
    code: 'TARGET_HOST_KEY',
    hint: expect.stringContaining(`fingerprint=${fingerprint}`),
  });
  const another = { ...unknown, fingerprint: `SHA256:${'A'.repeat(43)}` };
  await expect(setUpTarget(another, server.credentials)).rejects.toMatchObject({
    code: 'TARGET_HOST_KEY',
    details: { fingerprint, pinned: another.fingerprint },
  });
});

test.each([
  ['nothing to sign in with', {}, 'neither a password nor a private key'],
  ['a private key that is none', { privateKey: 'no key' }, 'the private key cannot be used'],
])('%s is refused', async (_, credentials, message) => {
  await expect(setUpTarget(server.settings, credentials)).rejects.toMatchObject({
    code: 'TARGET_AUTH',
    message: expect.stringContaining(message),
  });
});

test('a private key that is none leaves no connection behind that nobody hears of', async () => {
  const away = { ...server.settings, port: 1 };
  await expect(setUpTarget(away, { privateKey: 'no key' })).rejects.toMatchObject({ code: 'TARGET_AUTH' });
  // An error without a listener would end the process.
  await new Promise((resolve) => setTimeout(resolve, 50));
});

test('a folder that is not there, is a file, or is on a machine that is away', async () => {
  const missing = { ...server.settings, path: join(root, 'missing/') };
  await expect(setUpTarget(missing, server.credentials)).rejects.toMatchObject({ code: 'TARGET_MISSING' });
  const away = { ...server.settings, port: 1 };
  await expect(setUpTarget(away, server.credentials)).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
});

test.each<[string, number, string]>([
  ['LSTAT', 3, 'TARGET_FORBIDDEN'],
  ['LSTAT', 4, 'TARGET_FAILED'],
  ['LSTAT', 6, 'TARGET_UNREACHABLE'],
  ['OPEN', 4, 'TARGET_FAILED'],
  ['OPEN', 8, 'TARGET_FAILED'],
  ['WRITE', 4, 'TARGET_FAILED'],
  ['RENAME', 3, 'TARGET_FORBIDDEN'],
  ['RENAME', 4, 'TARGET_FAILED'],
])(
  '%s that is answered with status %i fails as %s, and goes through the next time',
  async (request, status, code) => {
    const settings = await setUpTarget(server.settings, server.credentials);
    const target = openTarget(settings, server.credentials);
    await target.check();
    const upload = async (): Promise<void> => {
      const going = await target.write('a.sma');
      await going.write(bytes.subarray(0, 100));
      await going.finish();
    };
    server.faults.set(request, status);
    await expect(upload()).rejects.toMatchObject({ code });
    await upload();
    expect(await whole(target.read('a.sma'))).toEqual(bytes.subarray(0, 100));
    server.faults.set('READ', 4);
    await expect(whole(target.read('a.sma'))).rejects.toMatchObject({ code: 'TARGET_FAILED' });
    server.faults.set('REMOVE', 3);
    await expect(target.delete('a.sma')).rejects.toMatchObject({ code: 'TARGET_FORBIDDEN' });
    for (let time = 0; time < 2; time++) await target.delete('a.sma');
    await target.close();
  },
);

test('silence and a lost connection end what waits; the next request makes a new one', async () => {
  const settings = await setUpTarget(server.settings, server.credentials);
  const target = openTarget(settings, server.credentials, { timeout: 2_000 });
  for (const fault of ['silence', 'hang up'] as const) {
    const upload = await target.write('a.sma');
    await upload.write(bytes.subarray(0, 100));
    server.faults.set('WRITE', fault);
    await expect(upload.write(bytes.subarray(100, 200)), fault).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
      message: expect.stringContaining('the connection was lost'),
    });
    expect(await target.stat('a.sma')).toBeUndefined();
    // What was open on the other connection is worth nothing on this one.
    await expect(upload.write(bytes.subarray(200, 300)), fault).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
    });
  }
  await uploadArchive(target, 'a.sma', source);
  expect((await whole(target.read('a.sma'))).equals(bytes)).toBe(true);
  await expect(whole(target.read('a.sma', { start: 0, end: bytes.length + 1 }))).rejects.toMatchObject({
    code: 'TARGET_CORRUPT',
  });
  await expect(whole(target.read('b.sma'))).rejects.toMatchObject({ code: 'TARGET_NOT_FOUND' });
  await target.close();
});

test('an upload goes on over a connection that is lost', async () => {
  const settings = await setUpTarget(server.settings, server.credentials);
  const target = openTarget(settings, server.credentials, { timeout: 20_000 });
  server.faults.set('FSETSTAT', 'hang up').set('WRITE', 'hang up');
  await uploadArchive(target, 'a.sma', source, { pause: 1 });
  expect((await whole(target.read('a.sma'))).equals(bytes)).toBe(true);
  await target.close();
});
