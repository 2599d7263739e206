// A folder of this machine: what is not mounted, full, read-only or not ours is named, and nothing is written elsewhere.

import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openTarget, setUpTarget } from '../open-target.ts';
import type { FolderSettings } from '../settings.ts';

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-folder-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const setUp = (path: string): Promise<FolderSettings> => setUpTarget({ kind: 'folder', path });

async function put(settings: FolderSettings, name: string, bytes: Uint8Array): Promise<void> {
  const upload = await openTarget(settings).write(name);
  await upload.write(bytes);
  await upload.finish();
}

test('a folder that is not there is not made', async () => {
  const path = join(scratch(), 'missing');
  await expect(setUp(path)).rejects.toMatchObject({ code: 'TARGET_MISSING' });
  writeFileSync(path, 'a file');
  await expect(setUp(path)).rejects.toMatchObject({ code: 'TARGET_MISSING' });
});

test('one that was never set up is refused', async () => {
  const path = scratch();
  await expect(openTarget({ kind: 'folder', path }).write('a.sma')).rejects.toMatchObject({
    code: 'TARGET_NOT_SET_UP',
  });
  expect(readdirSync(path)).toEqual([]);
});

test('setting up twice gives the same marker', async () => {
  const path = scratch();
  const both = await Promise.all([setUp(path), setUp(path)]);
  expect(both[0]).toEqual(both[1]);
  expect(await setUp(path)).toEqual(both[0]);
  expect(readdirSync(path)).toEqual(['.holdfast-target']);
});

test('where the mount is missing nothing is written underneath', async () => {
  const root = scratch();
  const [path, away] = [join(root, 'mount'), join(root, 'away')];
  mkdirSync(path);
  const settings = await setUp(path);
  const target = openTarget(settings);
  const going = await target.write('going.sma');
  await going.write(Buffer.from('half'));
  renameSync(path, away);
  mkdirSync(path);
  const missing = { code: 'TARGET_MISSING', hint: expect.stringContaining('Mount') };
  await expect(target.write('a.sma')).rejects.toMatchObject(missing);
  await expect(target.delete('a.sma')).rejects.toMatchObject(missing);
  await expect(target.stat('a.sma')).rejects.toMatchObject(missing);
  await expect(target.list()[Symbol.asyncIterator]().next()).rejects.toMatchObject(missing);
  await expect(going.finish()).rejects.toMatchObject(missing);
  expect(readdirSync(path)).toEqual([]);
  // Another stick in the same place is not the same target.
  await setUp(path);
  await expect(target.write('a.sma')).rejects.toMatchObject({ code: 'TARGET_WRONG' });
  expect(readdirSync(path)).toEqual(['.holdfast-target']);
});

test('a marker that is not one is not overwritten', async () => {
  const path = scratch();
  writeFileSync(join(path, '.holdfast-target'), 'something else');
  await expect(setUp(path)).rejects.toMatchObject({ code: 'TARGET_MISSING' });
  expect(readFileSync(join(path, '.holdfast-target'), 'utf8')).toBe('something else');
});

test('links and folders are no archives', async () => {
  const path = scratch();
  const settings = await setUp(path);
  symlinkSync('/etc/passwd', join(path, 'link.sma'));
  mkdirSync(join(path, 'folder.sma'));
  const target = openTarget(settings);
  expect(await target.stat('link.sma')).toBeUndefined();
  await expect(target.read('link.sma')[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: 'TARGET_NOT_FOUND',
  });
  expect((await target.list()[Symbol.asyncIterator]().next()).done).toBe(true);
});

const mount = (...args: string[]) => execFileSync('mount', args, { stdio: 'ignore' });

function smallDisk(): string | undefined {
  const path = scratch();
  try {
    mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path);
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync('umount', ['-l', path], { stdio: 'ignore' }));
  return path;
}

test('a full disk is named, and what was written can go on when there is room', async ({ skip }) => {
  const path = smallDisk();
  if (path === undefined) return skip('mounting a small file system needs root');
  const settings = await setUp(path);
  const bytes = Buffer.alloc(2 ** 19, 7);
  await put(settings, 'old.sma', bytes);
  const source = { size: 2 * bytes.length, read: read(Buffer.alloc(2 * bytes.length, 9)) };
  const upload = await openTarget(settings).write('new.sma', { resume: source });
  const write = async () => {
    for await (const chunk of source.read(0, source.size)) await upload.write(chunk);
    await upload.finish();
  };
  await expect(write()).rejects.toMatchObject({ code: 'TARGET_FULL', status: 507 });
  await upload.suspend();
  const target = openTarget(settings);
  expect(await target.stat('new.sma')).toBeUndefined();
  await target.delete('old.sma');
  const again = await target.write('new.sma');
  await again.write(Buffer.alloc(100));
  expect(await again.finish()).toMatchObject({ size: 100 });
});

const read = (bytes: Buffer) =>
  async function* (start: number, end: number) {
    for (let at = start; at < end; at += 65_536) yield bytes.subarray(at, Math.min(at + 65_536, end));
  };

test('a disk that is mounted for reading is named, and still read', async ({ skip }) => {
  const path = smallDisk();
  if (path === undefined) return skip('mounting a small file system needs root');
  const settings = await setUp(path);
  await put(settings, 'a.sma', Buffer.from('bytes'));
  mount('-o', 'remount,ro', path);
  const target = openTarget(settings);
  const refused = { code: 'TARGET_READ_ONLY' };
  await expect(target.write('b.sma')).rejects.toMatchObject(refused);
  await expect(target.delete('a.sma')).rejects.toMatchObject(refused);
  expect(await target.stat('a.sma')).toMatchObject({ size: 5 });
});
