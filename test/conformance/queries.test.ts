// Every query can be watched: its text, what it took and whether it failed; values are never told.

import { int, type QueryReport, table, text } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { domainOf } from './domain.ts';
import { refusal } from './refusal.ts';

const things = table('things', { id: int(), name: text(40).nullable() }, { key: ['id'] });

describe.each(engines)('$name', (engine) => {
  test('repositories, transactions, batches, streams and Kysely are reported', async () => {
    const reports: QueryReport[] = [];
    const onQuery = (report: QueryReport): void => void reports.push(report);
    const store = await engine.open({ domains: [domainOf(things)], onQuery });
    const during = async (work: () => Promise<unknown>): Promise<QueryReport[]> => {
      reports.length = 0;
      await work();
      return [...reports];
    };
    const repository = store.repository(things);
    for (const [work, sql] of [
      [() => repository.insert({ id: 1, name: 'hunter2' }), /^INSERT INTO ["`]things["`]/],
      [() => repository.get({ id: 1 }), /^SELECT .* WHERE/],
      [
        () => repository.upsertMany([{ id: 2 }, { id: 3, name: 'hunter2' }]),
        /^INSERT INTO things .* 1 rows$/,
      ],
      [() => store.transaction((tx) => tx.repository(things).update({ id: 1 }, { name: null })), /^COMMIT$/],
      [() => store.kysely.selectFrom('things').selectAll().execute(), /^select \* from ["`]things["`]/],
      [() => repository.stream().next(), /^SELECT/],
    ] as const) {
      const said = await during(work);
      expect(said.map((report) => report.sql)).toContainEqual(expect.stringMatching(sql));
      for (const { durationMs, error } of said) {
        expect(durationMs).toBeGreaterThanOrEqual(0);
        expect(error).toBeUndefined();
      }
      expect(JSON.stringify(said)).not.toContain('hunter2');
    }
    const failed = await during(() => refusal(repository.insert({ id: 1 })));
    expect(failed.at(-1)).toMatchObject({ error: { code: 'CONFLICT' } });
    const { queries } = await store.stats();
    expect(queries).toMatchObject({ failed: 1 });
    expect(queries!.count).toBeGreaterThan(10);
    expect(queries!.slowest.length).toBeLessThanOrEqual(10);
  });

  test('nobody is watched who did not ask for it', async () => {
    const store = await engine.open({ domains: [domainOf(things)] });
    expect((await store.stats()).queries).toBeUndefined();
  });
});
