// MariaDB under the bench: databases of a private server, or of the one that HOLDFAST_BENCH_MYSQL names.

import { mysqlAdmin as admin, databaseOf } from '../../harness/servers.ts';
import type { BenchEngine } from '../engine.ts';
import { openOurs } from '../ours.ts';
import { events, openBench } from '../table.ts';
import { openHandWritten } from './hand-written.ts';
import { openDrizzle } from './peer-drizzle.ts';
import { openKysely } from './peer-kysely.ts';

async function make(name: string): Promise<string> {
  const database = `bench_${name.replaceAll('-', '_')}`;
  const url = new URL(await admin(`DROP DATABASE IF EXISTS ${database}; CREATE DATABASE ${database}`));
  url.pathname = `/${database}`;
  await (await openBench(url.href)).close();
  return url.href;
}

export const mysql: BenchEngine = {
  name: 'mysql',
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
    const url = await make(name);
    await using store = await openBench(url);
    await store.repository(events).upsertMany(rows);
    await admin(`ANALYZE TABLE ${databaseOf(url)}.bench_events`);
    return url;
  },
  async copy(template, name) {
    const url = await make(name);
    const target = `${databaseOf(url)}.bench_events`;
    await admin(
      `INSERT INTO ${target} SELECT * FROM ${databaseOf(template)}.bench_events; ANALYZE TABLE ${target}`,
    );
    return url;
  },
  remove: async (url) => void (await admin(`DROP DATABASE IF EXISTS ${databaseOf(url)}`)),
};
