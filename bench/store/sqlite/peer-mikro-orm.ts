// Peer: MikroORM on better-sqlite3: a fresh identity map for each piece of work, as it asks of its users.

import { defineEntity, MikroORM, p } from '@mikro-orm/sqlite';
import { type Contender, pragmas } from '../contender.ts';
import type { Event } from '../table.ts';

/** Rows of one upsert: the fastest from 20 to 2,000. */
const chunkRows = 100;

const events = defineEntity({
  name: 'BenchEvent',
  tableName: 'bench_events',
  properties: {
    id: p.integer().primary(),
    source: p.string(),
    kind: p.string(),
    status: p.string(),
    at: p.integer(),
    value: p.double(),
    message: p.text(),
    payload: p.blob().nullable(),
    enabled: p.boolean(),
    labels: p.json(),
  },
});

export async function openMikroOrm(path: string): Promise<Contender> {
  const orm = await MikroORM.init({ dbName: path, entities: [events], ensureDatabase: false });
  const connection = orm.em.getConnection();
  for (const pragma of pragmas.split(';')) if (pragma.trim() !== '') await connection.execute(pragma);
  // What is read is an entity, with properties of the ORM's own: the benches compare plain rows.
  const plain = (entity: object | null): Event => ({ ...(entity as Event) });
  const page = (rows: object[], limit: number) => ({
    items: rows.slice(0, limit).map(plain),
    more: rows.length > limit,
  });
  return {
    name: 'mikro-orm',
    upsertMany: (rows) =>
      orm.em.fork().transactional(async (em) => {
        for (let at = 0; at < rows.length; at += chunkRows) {
          await em.upsertMany(events, rows.slice(at, at + chunkRows) as never[]);
          em.clear();
        }
      }),
    async getEach(ids, visit) {
      for (const id of ids) visit(plain(await orm.em.fork().findOne(events, { id })));
    },
    firstPage: async (limit) =>
      page(await orm.em.fork().find(events, {}, { orderBy: { id: 'asc' }, limit: limit + 1 }), limit),
    newest: async (status, limit) =>
      page(
        await orm.em
          .fork()
          .find(events, { status }, { orderBy: { at: 'desc', id: 'desc' }, limit: limit + 1 }),
        limit,
      ),
    upsertEachTogether: (rows) =>
      orm.em.fork().transactional(async (em) => {
        for (const row of rows) await em.upsert(events, row as never);
      }),
    async upsertEachAlone(rows) {
      for (const row of rows) await orm.em.fork().upsert(events, row as never);
    },
    close: () => orm.close(),
  };
}
