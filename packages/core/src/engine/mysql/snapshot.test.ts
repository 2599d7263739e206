// A line that is cut while a table is read or filled, and the rights that a scratch database needs.

import { describe, expect, onTestFinished, test } from 'vitest';
import type { StoredRow } from '../../schema/codec.ts';
import { int, text } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';
import type { Engine } from '../engine.ts';
import { connectMysql } from './connect.ts';
import { accountUrl, admin, refusal, scratchUrl, terminate, withoutServer } from './test-store.ts';

const lines = table('lines', { id: int(), note: text() }, { key: ['id'], history: 'versions' });
const specs = [lines.spec];

const opened = async (url: string): Promise<Engine> => {
  const engine = await connectMysql(url, { adopt: true });
  onTestFinished(() => engine.close());
  return engine;
};
const fill = async (engine: Engine, rows: readonly StoredRow[]): Promise<void> => {
  const load = await engine.load(specs, { lossy: 'refuse' });
  await load.rows(lines.spec, rows);
  await load.finish();
};
const count = async (engine: Engine): Promise<number> => {
  const snapshot = await engine.snapshot(specs);
  const [found] = await snapshot.counts([{ spec: lines.spec }]);
  await snapshot.close();
  return found!;
};
const many = (rows: number, from = 0): StoredRow[] =>
  Array.from({ length: rows }, (_, id) => [from + id, 'x'.repeat(1_000)]);

describe.skipIf(withoutServer)('MySQL and MariaDB', () => {
  test('a line that is cut ends a reading with a named error, and the next snapshot is whole', async () => {
    const url = await scratchUrl();
    const engine = await opened(url);
    await fill(engine, many(20_000));
    const snapshot = await engine.snapshot(specs);
    const refused = await refusal(async () => {
      let seen = 0;
      for await (const _ of snapshot.rows(lines.spec, { chunkRows: 100 }))
        if (seen++ === 0) await terminate(url);
    });
    expect(refused.code).toBe('DATABASE_UNREACHABLE');
    await snapshot.close();
    expect(await count(engine)).toBe(20_000);
  });

  test('a line that is cut while rows go in is told; what is left is in the way until it is dropped', async () => {
    const url = await scratchUrl();
    const engine = await opened(url);
    const load = await engine.load(specs, { lossy: 'refuse' });
    await load.rows(lines.spec, many(2_000));
    await terminate(url);
    const refused = await refusal(async () => {
      for (let part = 1; part < 20; part++) await load.rows(lines.spec, many(2_000, part * 2_000));
      await load.finish();
    });
    expect(refused.code).toBe('DATABASE_UNREACHABLE');
    expect((await refusal(engine.load(specs, { lossy: 'refuse' }))).code).toBe('CONFLICT');
    // The history had no rows yet.
    await admin('DROP TABLE `lines`', url);
    await fill(engine, many(10));
  });

  test('settings of a load stay with its own connection', async () => {
    const engine = await opened(await scratchUrl({ pool_max: 3 }));
    await fill(engine, many(10));
    const again = await engine.load([{ ...lines.spec, name: 'more' }], { lossy: 'refuse' });
    await again.abort();
    for (let times = 0; times < 6; times++)
      expect(
        await engine.read((session) =>
          session.get({ sql: 'SELECT @@foreign_key_checks, @@unique_checks' }, []),
        ),
      ).toEqual([1, 1]);
  });

  test('without the right to make databases, the statement that gives it is named, and works', async () => {
    const url = await scratchUrl();
    const own = await accountUrl(url, 'ALL PRIVILEGES');
    const engine = await opened(own);
    const { code, hint } = await refusal(engine.scratch('drill'));
    expect([code, hint.slice(0, 24)]).toEqual(['DATABASE_FORBIDDEN', 'GRANT ALL PRIVILEGES ON ']);
    await admin(hint);
    await fill(engine, many(3));
    const scratch = await engine.scratch('drill');
    await fill(scratch.engine, many(5));
    const { kept } = await engine.swap(scratch.name, specs);
    onTestFinished(async () => void (await admin(`DROP DATABASE IF EXISTS \`${kept}\``)));
    await scratch.remove();
    const after = await opened(own);
    expect(await count(after)).toBe(5);
    expect(await after.captureFaults(specs)).toEqual([]);
  });

  test('a table of another program that refers to one of ours keeps it where it is', async () => {
    const url = await scratchUrl();
    const engine = await opened(url);
    await fill(engine, many(3));
    await admin(
      'CREATE TABLE theirs (id bigint, FOREIGN KEY (id) REFERENCES `lines` (id)) ENGINE=InnoDB',
      url,
    );
    const scratch = await engine.scratch('drill');
    await fill(scratch.engine, many(5));
    const { code, hint } = await refusal(engine.swap(scratch.name, specs));
    expect(code).toBe('REFERENCED');
    await admin(hint, url);
    const { kept } = await engine.swap(scratch.name, specs);
    onTestFinished(async () => void (await admin(`DROP DATABASE IF EXISTS \`${kept}\``)));
    await scratch.remove();
    expect(await count(await opened(url))).toBe(5);
  });
});
