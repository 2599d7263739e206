// What goes wrong on the way to a place for archives: cut wires, silence, a target that goes away, a killed uploader.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTarget, setUpTarget, type Target, uploadArchive } from '@holdfast/core/targets';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { collect, names, someBytes, sourceOf } from './bytes.ts';
import { impatient, newTarget, targetServers } from './places.ts';
import type { RunningServer } from './server.ts';
import { type TcpProxy, tcpProxy } from './tcp-proxy.ts';

const mebibyte = 2 ** 20;
const bytes = someBytes(20 * mebibyte + 11);

describe.each(targetServers)('$name', ({ name: kind, missing, start }) => {
  const lacking = missing();
  let server: RunningServer;
  beforeAll(async () => {
    if (lacking === undefined) server = await start();
  });
  afterAll(async () => server?.stop());

  test.skipIf(lacking !== undefined)(
    'an uploader that was killed leaves what the next one goes on with',
    async () => {
      const { settings, credentials } = await server.place();
      const stored = await setUpTarget(settings, credentials);
      const folder = mkdtempSync(join(tmpdir(), 'holdfast-uploader-'));
      const file = join(folder, 'archive');
      writeFileSync(file, bytes);
      const script = join(import.meta.dirname, 'fixtures/uploader.ts');
      const child = fork(script, [file, JSON.stringify(stored), JSON.stringify(credentials)], {
        execArgv: [],
      });
      const ended = once(child, 'exit');
      child.on('message', (done: number) => {
        if (done > 17 * mebibyte) child.kill('SIGKILL');
      });
      expect((await ended)[1]).toBe('SIGKILL');
      rmSync(folder, { recursive: true });
      const target = openTarget(stored, credentials, impatient);
      expect(await names(target.list())).toEqual([]);
      expect(await names(target.listUnfinished())).toEqual(['killed.sma']);
      let first = -1;
      await uploadArchive(target, 'killed.sma', sourceOf(bytes), {
        onProgress: ({ resumed }) => {
          if (first < 0) first = resumed;
        },
      });
      expect(first).toBeGreaterThanOrEqual(8 * mebibyte);
      expect((await collect(target.read('killed.sma'))).equals(bytes)).toBe(true);
      expect(await names(target.listUnfinished())).toEqual([]);
      await target.close();
    },
  );

  if (kind === 'folder') return;
  describe.skipIf(lacking !== undefined)('over a wire with faults', () => {
    let proxy: TcpProxy;
    let target: Target;
    beforeEach(async () => {
      proxy = await tcpProxy(server.port);
      target = await newTarget(server, proxy.port);
    });
    afterEach(async () => {
      await target.close();
      await proxy.close();
    });

    test.each([0, 1, 9 * mebibyte, 17 * mebibyte])('cut after %d bytes, an upload goes on', async (after) => {
      proxy.cutAfter(after);
      const before = proxy.sent;
      await uploadArchive(target, 'a.sma', sourceOf(bytes), { pause: 10 });
      // What was there before the cut is not sent again, but for a part.
      expect(proxy.sent - before).toBeLessThan(bytes.length + 9 * mebibyte);
      expect((await collect(target.read('a.sma'))).equals(bytes)).toBe(true);
    });

    test('a target that goes away is named, and goes on when it is back', async () => {
      const away = uploadArchive(target, 'a.sma', sourceOf(bytes), {
        pause: 10,
        onProgress: ({ done }) => {
          if (done > 17 * mebibyte) proxy.goAway();
        },
      });
      await expect(away).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
      await expect(names(target.list())).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
      proxy.comeBack();
      expect(await names(target.list())).toEqual([]);
      const upload = await target.write('a.sma', { resume: sourceOf(bytes) });
      expect(upload.offset).toBeGreaterThanOrEqual(8 * mebibyte);
      await upload.write(bytes.subarray(upload.offset));
      await upload.finish();
      expect((await collect(target.read('a.sma'))).equals(bytes)).toBe(true);
    });

    test('silence is a failure, and not a wait without end', async () => {
      const { settings, credentials } = await server.place(proxy.port);
      const hasty = { timeout: 1_500, attempts: 2, pause: 10 };
      const silent = openTarget(await setUpTarget(settings, credentials, impatient), credentials, hasty);
      await silent.check();
      proxy.stall();
      await expect(silent.check()).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
      await expect(silent.write('a.sma')).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
      await silent.close();
    });

    test('nobody there is named, with the place', async () => {
      proxy.goAway();
      await expect(target.check()).rejects.toMatchObject({
        code: 'TARGET_UNREACHABLE',
        message: expect.stringContaining(String(target.place)),
      });
    });
  });
});
