// Holdfast's side: its repositories, as anyone would use them.

import type { Contender } from './contender.ts';
import { events, openBench } from './table.ts';

export async function openOurs(url: string): Promise<Contender> {
  const store = await openBench(url);
  const repository = store.repository(events);
  return {
    name: 'holdfast',
    async upsertMany(rows) {
      await repository.upsertMany(rows);
    },
    async getEach(ids, visit) {
      for (const id of ids) visit((await repository.get({ id }))!);
    },
    async firstPage(limit) {
      const { items, next } = await repository.list({ limit });
      return { items, more: next !== null };
    },
    async newest(status, limit) {
      const { items, next } = await repository.list({ where: { status }, orderBy: [['at', 'desc']], limit });
      return { items, more: next !== null };
    },
    upsertEachTogether: (rows) =>
      store.transaction(async (transaction) => {
        const inside = transaction.repository(events);
        for (const row of rows) await inside.upsert(row);
      }),
    async upsertEachAlone(rows) {
      for (const row of rows) await repository.upsert(row);
    },
    close: () => store.close(),
  };
}
