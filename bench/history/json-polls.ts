// The whole answer of every poll as JSON, with the index that its readers need: what others keep.

import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { removeDatabase, scratchPath } from '../harness/scratch.ts';
import { pragmas } from '../store/contender.ts';
import type { Poll } from './polls.ts';

export interface Written {
  readonly path: string;
  readonly bytes: number;
  readonly seconds: number;
}

export function writeJson(polls: Iterable<Poll>): Written {
  const path = scratchPath('json.db');
  removeDatabase(path);
  const db = new DatabaseSync(path);
  db.exec(pragmas);
  db.exec(`CREATE TABLE snapshots (id INTEGER PRIMARY KEY, resource_type TEXT NOT NULL, resource_id TEXT NOT NULL,
    snapshot_time INTEGER NOT NULL, resource_data TEXT NOT NULL);
    CREATE INDEX by_resource ON snapshots (resource_type, resource_id, snapshot_time DESC)`);
  const insert = db.prepare(
    'INSERT INTO snapshots (resource_type, resource_id, snapshot_time, resource_data) VALUES (?, ?, ?, ?)',
  );
  let seconds = 0;
  for (const { at, rows } of polls) {
    const begin = performance.now();
    db.exec('BEGIN IMMEDIATE');
    for (const { vmid, ...gauges } of rows) {
      const data = {
        vmid,
        name: `guest-${vmid}`,
        status: gauges.pid === null ? 'stopped' : 'running',
        ...listed,
      };
      insert.run('vm', String(vmid), at, JSON.stringify({ ...data, ...gauges }));
    }
    db.exec('COMMIT');
    seconds += (performance.now() - begin) / 1000;
  }
  db.close();
  return { path, bytes: statSync(path).size, seconds };
}
const listed = { cpus: 4, maxmem: 8_589_934_592, maxdisk: 34_359_738_368, tags: 'prod;web', template: 0 };
