// A new table is analysed once many rows were written to it, and only then.

import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { admin, open, schemaOf, scratchUrl, things, withoutServer } from './test-store.ts';

const rows = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: from + index, name: `n ${from + index}` }));
const planned = async (url: string): Promise<unknown> =>
  (await admin(`SELECT reltuples FROM pg_class WHERE oid = 'things'::regclass`, url))[0]![0];

describe.skipIf(withoutServer)('a new table', () => {
  test.for([
    ['by many small writes', 100],
    ['by COPY', 600],
  ] as const)('is analysed once there is something to know, %s', async ([, size]) => {
    const url = scratchUrl({ pool_max: 1 });
    const store = await open(url);
    expect(await planned(url)).toBe(-1);
    await store.repository(things).insertMany(rows(0, 20));
    expect(await planned(url)).toBe(-1);
    for (let from = 20; from < 620; from += size)
      await store.repository(things).insertMany(rows(from, Math.min(size, 620 - from)));
    expect(await planned(url)).toBeGreaterThan(400);
  });

  test('that somebody else is at is left alone', async () => {
    const url = scratchUrl();
    const store = await open(url);
    const { hostname, port, username, pathname } = new URL(url);
    const other = new pg.Client({
      ...{ host: hostname, port: Number(port), user: username, database: pathname.slice(1) },
    });
    await other.connect();
    onTestFinished(() => other.end());
    await other.query(`BEGIN; LOCK TABLE ${schemaOf(url)}.things IN SHARE UPDATE EXCLUSIVE MODE`);
    await store.repository(things).insertMany(rows(0, 700));
    expect(await planned(url)).toBe(-1);
    expect(await store.repository(things).count()).toBe(700);
  });
});
