// A full disk is named, leaves nothing half-stored, and the store goes on when there is room again.

import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { batchOf } from '../../archive/columns/batch-rows.ts';
import type { Store } from '../../store/open-store.ts';
import { openEngine } from '../open-engine.ts';
import { open, refusal, scratchFolder, scratchPath } from './test-store.ts';
import { entries } from './test-tables.ts';

const batch = (id: number, rows: number) =>
  Array.from({ length: rows }, (_, line) => ({
    batch: id,
    line,
    payload: `${id} ${line} `.repeat(40),
    level: 1,
  }));
const tables = [entries];

/** What every kind of write does when there is no room, and that nothing of it stays. */
async function refuses(store: Store): Promise<void> {
  const repository = store.repository(entries);
  const before = await repository.count();
  for (const call of [
    () => repository.insertMany(batch(100, 20_000)),
    () => repository.upsertMany(batch(100, 20_000)),
    () =>
      store.transaction(async (tx) => {
        await tx.repository(entries).insert({ batch: 101, line: 0, payload: 'first' });
        await tx.repository(entries).insertMany(batch(100, 20_000));
      }),
    () =>
      store.transaction(async (tx) => {
        await tx.repository(entries).insert({ batch: 101, line: 0, payload: 'first' });
        await tx.savepoint(() => tx.repository(entries).insertMany(batch(100, 20_000)));
      }),
    () => repository.insert({ batch: 102, line: 0, payload: 'x'.repeat(9_000_000), level: 1 }),
  ]) {
    expect(await refusal(call)).toMatchObject({ code: 'DISK_FULL', status: 507 });
    expect(await repository.count()).toBe(before);
    expect(await store.check()).toEqual([]);
  }
}

async function goesOn(store: Store): Promise<void> {
  const repository = store.repository(entries);
  const before = await repository.count();
  expect(await repository.insertMany(batch(200, 2_000))).toBe(2_000);
  expect(await repository.count()).toBe(before + 2_000);
  expect(await store.check()).toEqual([]);
}

const run = (command: string, ...args: string[]): void => {
  execFileSync(command, args, { stdio: 'ignore' });
};

/** A file system of 4 MiB, or undefined where this user may not mount one. */
function smallDisk(): string | undefined {
  const folder = scratchFolder();
  try {
    run('mount', '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder);
  } catch {
    return undefined;
  }
  onTestFinished(() => run('umount', '-l', folder));
  return folder;
}

describe('on a disk of 4 MiB', () => {
  test('writes are refused until there is room again', async ({ skip }) => {
    const folder = smallDisk();
    if (folder === undefined) return skip('mounting a small file system needs root');
    const store = await open(join(folder, 'test.db'), { tables });
    await store.repository(entries).insertMany(batch(1, 200));
    const ballast = join(folder, 'ballast');
    const { bavail, bsize } = statfsSync(folder);
    writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - 700_000)));
    await refuses(store);
    rmSync(ballast);
    await goesOn(store);
  });

  test.for(['rows', 'columns'])(
    'a load of %s says so, and not what became of taking it back',
    async (as, { skip }) => {
      const folder = smallDisk();
      if (folder === undefined) return skip('mounting a small file system needs root');
      const engine = await openEngine(`sqlite:${join(folder, 'test.db')}`, {});
      onTestFinished(() => engine.close());
      const load = await engine.load([entries.spec], { lossy: 'refuse' });
      const given = batch(1, 2_000).map(({ batch: id, line, payload }) => [id, line, payload]);
      const fill = async (): Promise<void> => {
        for (let from = 0; from < 40_000; from += given.length) {
          const rows = given.map(([id, line, payload]) => [id!, (line as number) + from, payload!]);
          if (as === 'rows') await load.rows(entries.spec, rows);
          else await load.batch(entries.spec, batchOf(entries.spec.columns, rows));
        }
        await load.finish([]);
      };
      expect((await refusal(fill)).code).toBe('DISK_FULL');
    },
  );

  test('a database that cannot be made says so, and can be made later', async ({ skip }) => {
    const folder = smallDisk();
    if (folder === undefined) return skip('mounting a small file system needs root');
    const ballast = join(folder, 'ballast');
    const { bavail, bsize } = statfsSync(folder);
    writeFileSync(ballast, Buffer.alloc(bavail * bsize - bsize));
    expect((await refusal(open(join(folder, 'test.db'), { tables }))).code).toBe('DISK_FULL');
    rmSync(ballast);
    await goesOn(await open(join(folder, 'test.db'), { tables }));
  });
});

test('with a limit on its pages, a database behaves as on a full disk', async () => {
  const store = await open(scratchPath(), { tables });
  await store.repository(entries).insertMany(batch(1, 200));
  const limit = (pages: number) =>
    store.transaction(({ session }) => session.exec(`PRAGMA max_page_count=${pages}`));
  await limit(300);
  await refuses(store);
  await limit(1_000_000);
  await goesOn(store);
});
