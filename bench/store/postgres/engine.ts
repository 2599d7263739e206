// PostgreSQL under the bench: databases of a private server, or of the one that HOLDFAST_BENCH_POSTGRES names.

import { postgresAdmin as admin, databaseOf } from '../../harness/servers.ts';
import type { BenchEngine } from '../engine.ts';
import { openOurs } from '../ours.ts';
import { events, openBench } from '../table.ts';
import { openHandWritten } from './hand-written.ts';
import { openDrizzle } from './peer-drizzle.ts';
import { openKysely } from './peer-kysely.ts';

async function make(name: string, template: string): Promise<string> {
  const database = `bench_${name.replaceAll('-', '_')}`;
  await admin(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
  // Written by the checkpoint of the copy, not during what is timed.
  const url = new URL(await admin(`CREATE DATABASE ${database} TEMPLATE ${template} STRATEGY file_copy`));
  url.pathname = `/${database}`;
  return url.href;
}

export const postgres: BenchEngine = {
  name: 'postgres',
  openers: [openOurs, openHandWritten, openKysely, openDrizzle],
  targets: {
    bulkEmpty: { handWritten: 0.95, peer: 2 },
    bulkExisting: { handWritten: 0.95, peer: 1.5 },
    list: { handWritten: 0.95 },
    read: { handWritten: 0.95, peer: 1.2 },
    upsert: { handWritten: 0.95 },
    // What comes and goes over a socket makes the young generation of V8 grow to its full size.
    memory: 96,
  },
  async makeTemplate(name, rows) {
    const url = await make(name, 'template1');
    await using store = await openBench(url);
    await store.repository(events).upsertMany(rows);
    await store.engine.autocommit((session) => session.exec('VACUUM ANALYZE'));
    return url;
  },
  copy: (template, name) => make(name, databaseOf(template)),
  remove: async (url) => void (await admin(`DROP DATABASE IF EXISTS ${databaseOf(url)} WITH (FORCE)`)),
};
