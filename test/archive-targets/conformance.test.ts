// What every place for archives does, on the real thing: a folder, an S3 store, an SSH server.

import { isHoldfastError } from '@holdfast/core';
import { type Target, uploadArchive } from '@holdfast/core/targets';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { all, collect, names, someBytes, sourceOf } from './bytes.ts';
import { newTarget, targetServers } from './places.ts';
import type { RunningServer } from './server.ts';

const mebibyte = 2 ** 20;
const soon = () => (Date.now() + 60_000) * 1000;

const hostileNames = [
  ...['', '.', '..', '../a.sma', 'a/b.sma', 'a\\b.sma', '/a.sma', '.hidden', '-rf', 'a\nb.sma', 'a\0.sma'],
  ...['a.sma.partial', 'ä.sma', 'x'.repeat(201)],
];

async function write(target: Target, name: string, bytes: Uint8Array) {
  const upload = await target.write(name);
  await upload.write(bytes);
  return upload.finish();
}

describe.each(targetServers)('$name', ({ missing, start }) => {
  const lacking = missing();
  let server: RunningServer;
  beforeAll(async () => {
    if (lacking === undefined) server = await start();
  });
  afterAll(async () => server?.stop());

  describe.skipIf(lacking !== undefined)('a target', () => {
    test.each([
      ['nothing', 0],
      ['a byte', 1],
      ['a mebibyte', mebibyte],
      ['exactly a part', 8 * mebibyte],
      ['more than two parts', 17 * mebibyte + 5],
    ])('gives back %s as it was written', async (_, size) => {
      const target = await newTarget(server);
      const bytes = someBytes(size);
      const stored = await write(target, 'one.sma', bytes);
      expect(stored).toMatchObject({ name: 'one.sma', size });
      expect(Math.abs(stored.modifiedAt / 1000 - Date.now())).toBeLessThan(60_000);
      expect(await target.stat('one.sma')).toEqual(stored);
      expect(await all(target.list())).toMatchObject([{ name: 'one.sma', size }]);
      expect((await collect(target.read('one.sma'))).equals(bytes)).toBe(true);
      await target.close();
    });

    test('reads any range, and says when there is less than was asked for', async () => {
      const target = await newTarget(server);
      const bytes = someBytes(2 * mebibyte + 100);
      await write(target, 'one.sma', bytes);
      for (const [start, end] of [
        [0, 1],
        [5, 5],
        [bytes.length - 1, bytes.length],
        [mebibyte - 3, 2 * mebibyte + 7],
      ] as const)
        expect(await collect(target.read('one.sma', { start, end }))).toEqual(bytes.subarray(start, end));
      for (const range of [
        { start: bytes.length - 5, end: bytes.length + 1 },
        { start: bytes.length + 10, end: bytes.length + 20 },
      ])
        await expect(collect(target.read('one.sma', range))).rejects.toMatchObject({
          code: 'TARGET_CORRUPT',
        });
      await expect(collect(target.read('two.sma'))).rejects.toMatchObject({ code: 'TARGET_NOT_FOUND' });
      await expect(collect(target.read('two.sma', { start: 0, end: 5 }))).rejects.toMatchObject({
        code: 'TARGET_NOT_FOUND',
      });
      await target.close();
    });

    test('lists in the order of names, what is complete only', async () => {
      const target = await newTarget(server);
      const there = ['b.sma', 'a.sma', 'c-1.sma', 'B_2.sma', 'd.sma', 'e.sma', 'f.sma'];
      for (const name of there) await write(target, name, someBytes(10, name));
      const going = await target.write('going.sma');
      await going.write(someBytes(9 * mebibyte));
      expect(await names(target.list())).toEqual(there.toSorted());
      expect(await target.stat('going.sma')).toBeUndefined();
      await going.discard();
      expect(await names(target.listUnfinished())).toEqual([]);
      await target.close();
    });

    test('deletes, and does not mind what is gone', async () => {
      const target = await newTarget(server);
      await write(target, 'a.sma', someBytes(10));
      await target.delete('a.sma');
      await target.delete('a.sma');
      expect(await names(target.list())).toEqual([]);
      expect(await target.stat('a.sma')).toBeUndefined();
      await target.close();
    });

    test('never overwrites', async () => {
      const target = await newTarget(server);
      await write(target, 'a.sma', someBytes(10, 'first'));
      await expect(target.write('a.sma')).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
      expect(await collect(target.read('a.sma'))).toEqual(someBytes(10, 'first'));
      await target.close();
    });

    test('refuses hostile names, whatever is wanted of them', async () => {
      const target = await newTarget(server);
      const refused = { code: 'TARGET_NAME' };
      for (const name of hostileNames) {
        await expect(target.write(name)).rejects.toMatchObject(refused);
        await expect(target.stat(name)).rejects.toMatchObject(refused);
        await expect(target.delete(name)).rejects.toMatchObject(refused);
        await expect(collect(target.read(name))).rejects.toMatchObject(refused);
      }
      await target.close();
    });

    test('goes on with an upload whose process died', async () => {
      const target = await newTarget(server);
      const bytes = someBytes(20 * mebibyte + 3);
      const dead = await target.write('a.sma');
      await dead.write(bytes.subarray(0, 17 * mebibyte));
      // Nothing is said to it any more, as when its process is killed.
      const progress: number[] = [];
      const stored = await uploadArchive(target, 'a.sma', sourceOf(bytes), {
        onProgress: ({ done, resumed, size }) => {
          expect(size).toBe(bytes.length);
          expect(resumed).toBeGreaterThanOrEqual(8 * mebibyte);
          progress.push(done);
        },
      });
      expect(stored.size).toBe(bytes.length);
      expect(progress.at(-1)).toBe(bytes.length);
      expect(progress).toEqual(progress.toSorted((a, b) => a - b));
      expect((await collect(target.read('a.sma'))).equals(bytes)).toBe(true);
      expect(await names(target.listUnfinished())).toEqual([]);
      await target.close();
    });

    test('does not go on with other bytes', async () => {
      const target = await newTarget(server);
      const [left, right] = [someBytes(9 * mebibyte, 'left'), someBytes(9 * mebibyte, 'right')];
      const dead = await target.write('a.sma');
      await dead.write(left);
      await dead.suspend();
      const upload = await target.write('a.sma', { resume: sourceOf(right) });
      expect(upload.offset).toBe(0);
      await upload.write(right);
      await upload.finish();
      expect((await collect(target.read('a.sma'))).equals(right)).toBe(true);
      await target.close();
    });

    test('of two writers of one name, one wins whole', async () => {
      const target = await newTarget(server);
      const both = [someBytes(9 * mebibyte, 'left'), someBytes(10 * mebibyte, 'right')];
      const uploads = await Promise.all(both.map(() => target.write('a.sma')));
      await Promise.all(uploads.map((upload, index) => upload.write(both[index]!)));
      const ends = [];
      for (const upload of uploads) ends.push(await upload.finish().catch((error: unknown) => error));
      expect(ends[0]).toMatchObject({ size: 9 * mebibyte });
      expect(ends[1]).toMatchObject({ code: 'TARGET_EXISTS' });
      expect((await collect(target.read('a.sma'))).equals(both[0]!)).toBe(true);
      await uploads[1]!.discard().catch(() => undefined);
      expect(await names(target.list())).toEqual(['a.sma']);
      await target.close();
    });

    test('of two that go on with the same upload, the archive is whole whoever ends first', async () => {
      const target = await newTarget(server);
      const bytes = someBytes(18 * mebibyte);
      const first = await target.write('a.sma');
      await first.write(bytes.subarray(0, 17 * mebibyte));
      const second = await target.write('a.sma', { resume: sourceOf(bytes) });
      expect(second.offset).toBeGreaterThanOrEqual(8 * mebibyte);
      await second.write(bytes.subarray(second.offset));
      await first.write(bytes.subarray(17 * mebibyte));
      await second.finish();
      const late = await first.finish().catch((error: unknown) => error);
      expect(isHoldfastError(late) ? late.code : 'done').toMatch(/^(done|TARGET_TAKEN|TARGET_EXISTS)$/);
      expect((await collect(target.read('a.sma'))).equals(bytes)).toBe(true);
      await target.close();
    });

    test('takes away what was never finished, once it is old', async () => {
      const target = await newTarget(server);
      await write(target, 'b.sma', someBytes(5));
      const dead = ['a.sma', 'c.sma', 'd.sma', 'e.sma'];
      for (const name of dead) {
        const upload = await target.write(name);
        await upload.write(someBytes(9 * mebibyte));
        await upload.suspend();
      }
      expect((await names(target.listUnfinished())).sort()).toEqual(dead);
      expect(await target.removeUnfinished((Date.now() - 3_600_000) * 1000)).toEqual([]);
      expect((await target.removeUnfinished(soon())).map(({ name }) => name).sort()).toEqual(dead);
      expect(await names(target.listUnfinished())).toEqual([]);
      expect(await names(target.list())).toEqual(['b.sma']);
      await target.close();
    });

    test('a cancelled upload stops, and the next one goes on', async () => {
      const target = await newTarget(server);
      const bytes = someBytes(18 * mebibyte);
      const cancel = new AbortController();
      const onProgress = ({ done }: { done: number }) => {
        if (done > 17 * mebibyte) cancel.abort(new Error('enough'));
      };
      const cancelled = uploadArchive(target, 'a.sma', sourceOf(bytes), {
        signal: cancel.signal,
        onProgress,
      });
      await expect(cancelled).rejects.toThrow('enough');
      const { offset } = await target.write('a.sma', { resume: sourceOf(bytes) });
      expect(offset).toBeGreaterThanOrEqual(8 * mebibyte);
      await target.close();
    });

    test('can be opened again, and checks that it is there', async () => {
      const target = await newTarget(server);
      await target.check();
      expect(target.place).not.toContain('secret');
      await target.close();
    });
  });
});
