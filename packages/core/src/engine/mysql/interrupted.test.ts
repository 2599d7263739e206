// Changes of the schema commit statement by statement. Cut or killed between any two of them, the next opening
// completes what was begun, and does nothing twice.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { int, real, text } from '../../schema/column.ts';
import type { Domain } from '../../schema/domain.ts';
import { table } from '../../schema/table.ts';
import { openStore } from '../../store/open-store.ts';
import { resetStore } from '../../update/reset.ts';
import { admin, domainOf, line, open, refusal, things, withoutServer } from './test-store.ts';

const grown = table('things', { id: int(), name: text().default('-'), twice: int() }, { key: ['id'] });
const parents = table('parents', { id: int(), load: real().metric() }, { key: ['id'] });
const children = table('children', { id: int(), parent: int().references(parents, 'id') }, { key: ['id'] });
const statements = [
  'ALTER TABLE things ADD COLUMN twice bigint NOT NULL DEFAULT 1',
  'UPDATE things SET twice = twice * 2',
  'ALTER TABLE things ALTER COLUMN twice DROP DEFAULT',
  'UPDATE things SET twice = twice + id',
];
const anew = `DROP TABLE IF EXISTS things, parents_latest, parents;
  DELETE FROM holdfast_migrations WHERE domain = 'test'`;
const [baseline] = domainOf(things).migrations;
const newer: Domain = {
  ...domainOf(grown),
  migrations: [
    baseline!,
    {
      id: '0002-twice',
      steps: [{ sql: { sqlite: [], postgres: [], mysql: statements } }, { createTables: [parents.spec] }],
    },
  ],
};

describe.skipIf(withoutServer)('a migration', () => {
  test.for(['before', 'answered'] as const)('whose line is cut, each message %s', async (when) => {
    const { url, restore, cutAtMessage } = await line();
    await (await open(url)).close();
    let cuts = 0;
    for (let position = 1; ; position++) {
      await restore();
      await admin(anew, url);
      const before = await open(url);
      await before.repository(things).insertMany([{ id: 1 }, { id: 2 }]);
      await before.close();
      await restore();
      cutAtMessage(position, when);
      const opened = await openStore({ url, domains: [newer] }).catch((error: unknown) => error as Error);
      if (!(opened instanceof Error)) {
        await opened.close();
        break;
      }
      cuts++;
      expect((await refusal(Promise.reject(opened))).code).toBe('DATABASE_UNREACHABLE');
      await restore();
      const after = await openStore({ url, domains: [newer] });
      expect(await after.doctor(), `message ${position}`).toEqual([]);
      expect(await admin('SELECT id, twice FROM things ORDER BY id', url), `message ${position}`).toEqual([
        [1, 3],
        [2, 4],
      ]);
      await after.close();
    }
    expect(cuts).toBeGreaterThan(20);
  });

  test('of a new database whose process is killed at any statement', async () => {
    const script = fileURLToPath(new URL('fixtures/open.ts', import.meta.url));
    for (const position of [6, 9, 14, 20]) {
      const { url, restore, holdMessage } = await line();
      const held = holdMessage(position);
      const child = fork(script, [url], { execArgv: [] });
      onTestFinished(() => void child.kill('SIGKILL'));
      const closed = once(child, 'close');
      await held;
      child.kill('SIGKILL');
      expect((await closed)[1]).toBe('SIGKILL');
      await restore();
      const store = await open(url);
      expect(await store.doctor()).toEqual([]);
      await store.close();
    }
  });

  test('that fails goes on where it failed, once that is mended', async () => {
    const { url } = await line();
    const first = await open(url);
    await first.repository(things).insert({ id: 1 });
    await admin('ALTER TABLE things ADD COLUMN twice bigint NOT NULL DEFAULT 7', url);
    for (let time = 0; time < 2; time++)
      expect((await refusal(openStore({ url, domains: [newer] }))).message).toContain('twice');
    expect((await refusal(open(url))).code).toBe('DATABASE_NEWER');
    await admin('ALTER TABLE things DROP COLUMN twice', url);
    const store = await openStore({ url, domains: [newer] });
    expect(await admin('SELECT twice FROM things', url)).toEqual([[3]]);
    expect(await store.doctor()).toEqual([]);
    await store.close();
  });
});

/** Fewer the later: what is dropped last is much alike. HOLDFAST_CUTS, set to anything, cuts at every message. */
const stride = (position: number): number =>
  process.env['HOLDFAST_CUTS'] === undefined ? 2 + (position >> 3) : 1;

describe.skipIf(withoutServer)('a reset', () => {
  const tables = [parents, children];

  test('whose line is cut at any message is as before, or is finished by the next opening', async () => {
    const { url, restore, cutAtMessage } = await line();
    const seen = { before: 0, after: 0 };
    for (let position = 1, turn = 0; ; position += stride(position), turn++) {
      await restore();
      const store = await open(url, { tables });
      await store.repository(parents).upsert({ id: 1, load: 1 });
      await store.repository(children).upsert({ id: 1, parent: 1 });
      await restore();
      cutAtMessage(position, turn % 2 === 0 ? 'before' : 'answered');
      const failed = await resetStore(store).then(
        () => false,
        () => true,
      );
      await restore();
      await store.close();
      const after = await open(url, { tables });
      const counts = [
        await after.repository(parents).count({ load: { isNull: false } }),
        await after.repository(children).count(),
      ];
      expect(
        [
          [0, 0],
          [1, 1],
        ],
        `message ${position}`,
      ).toContainEqual(counts);
      seen[counts[0] === 0 ? 'after' : 'before']++;
      expect(await after.doctor()).toEqual([]);
      await after.close();
      if (!failed) break;
    }
    expect(seen.before).toBeGreaterThan(2);
    expect(seen.after).toBeGreaterThan(5);
  });

  test('is refused, and nothing dropped, while a table of another program refers to ours', async () => {
    const { url } = await line();
    const store = await open(url, { tables });
    await store.repository(parents).insert({ id: 1, load: 1 });
    await store.repository(children).insert({ id: 1, parent: 1 });
    await admin('CREATE TABLE theirs (p bigint, FOREIGN KEY (p) REFERENCES parents (id))', url);
    const error = await refusal(resetStore(store));
    expect(error).toMatchObject({ code: 'REFERENCED', message: expect.stringContaining('theirs') });
    expect(await store.repository(children).count()).toBe(1);
    await admin(error.hint, url);
    await resetStore(store);
    expect(await store.repository(children).count()).toBe(0);
    expect(await admin('SELECT count(*) FROM theirs', url)).toEqual([[0]]);
    expect(await store.doctor()).toEqual([]);
  });
});
