// SQLite under the bench: databases are files.

import { copyDatabase, removeDatabase, scratchPath } from '../../harness/scratch.ts';
import type { BenchEngine } from '../engine.ts';
import { openOurs } from '../ours.ts';
import { events, openBench } from '../table.ts';
import { openHandWritten } from './hand-written.ts';
import { openDrizzle } from './peer-drizzle.ts';
import { openKysely } from './peer-kysely.ts';
import { openMikroOrm } from './peer-mikro-orm.ts';

const pathOf = (url: string): string => url.slice('sqlite:'.length);
const onPath =
  <T>(open: (path: string) => T) =>
  (url: string): T =>
    open(pathOf(url));

export const sqlite: BenchEngine = {
  name: 'sqlite',
  openers: [openOurs, onPath(openHandWritten), onPath(openKysely), onPath(openDrizzle), onPath(openMikroOrm)],
  targets: {
    bulkEmpty: { handWritten: 0.95, peer: 2 },
    bulkExisting: { handWritten: 0.95, peer: 2 },
    list: { handWritten: 0.95 },
    read: { handWritten: 0.75, peer: 3 },
    upsert: { handWritten: 0.75 },
    memory: 64,
  },
  async makeTemplate(name, rows) {
    const url = `sqlite:${scratchPath(`${name}.db`)}`;
    await using store = await openBench(url);
    await store.repository(events).upsertMany(rows);
    return url;
  },
  copy: async (template, name) => `sqlite:${copyDatabase(pathOf(template), `${name}.db`)}`,
  remove: async (url) => removeDatabase(pathOf(url)),
};
