// Reading a database file beside SQLite takes none of its locks away: another process would take
// the log for nobody's, and remove it with what was committed since.

import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { connectSqlite } from './connect.ts';
import { fileId, handleOf } from './open-files.ts';
import { bare, open, scratchPath, things } from './test-store.ts';

test('the handle is that of the file, and none where nobody has it open', () => {
  const path = scratchPath();
  const db = bare(path);
  db.exec('CREATE TABLE t (id)');
  const handle = handleOf(fileId(path)!)!;
  expect(fstatSync(handle).isFile()).toBe(true);
  const head = Buffer.alloc(16);
  readSync(handle, head, 0, 16, 0);
  expect(head.toString('latin1')).toBe('SQLite format 3\0');
  const id = fileId(path)!;
  db.close();
  expect(handleOf(id)).toBeUndefined();
});

/** Locks of this process on a file, as the system lists them. */
const locksOn = (path: string): number =>
  readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .filter((line) => line.includes(` ${process.pid} `) && line.includes(`:${statSync(path).ino} `)).length;

test.skipIf(!existsSync('/proc/locks'))(
  'stores that come and go, here and in another thread, leave its locks to the one that stays',
  async () => {
    const path = scratchPath();
    const store = await open(path);
    await store.repository(things).insert({ id: 1, name: 'one' });
    const second = await connectSqlite(`sqlite:${path}`);
    await (await second.snapshot([], { raw: true })).close();
    await second.close();
    await new Promise((resolve, reject) => {
      const script = `import { workerData } from 'node:worker_threads';
      const { connectSqlite } = await import(workerData.module);
      const engine = await connectSqlite(workerData.url);
      await (await engine.snapshot([], { raw: true })).close();
      await engine.close();`;
      const module = new URL('./connect.ts', import.meta.url).href;
      const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`), {
        execArgv: [],
        workerData: { module, url: `sqlite:${path}` },
      });
      worker.once('error', reject).once('exit', resolve);
    });
    expect(locksOn(path)).toBe(1);
  },
);

// So this is what the test above would show.
test.skipIf(!existsSync('/proc/locks'))('a handle of our own, closed, takes them away', async () => {
  const path = scratchPath();
  const store = await open(path);
  await store.repository(things).insert({ id: 1, name: 'one' });
  expect(locksOn(path)).toBe(1);
  closeSync(openSync(path, 'r'));
  expect(locksOn(path)).toBe(0);
});
