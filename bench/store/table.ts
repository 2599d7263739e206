// The table of the store benches, in Holdfast's own words; every side works on the schema made from it.

import {
  bool,
  bytes,
  type Domain,
  instant,
  int,
  json,
  openStore,
  type Row,
  real,
  type Store,
  table,
  text,
} from '@holdfast/core';
import { scratchPath } from '../harness/scratch.ts';

export const events = table(
  'bench_events',
  {
    id: int(),
    source: text(64),
    kind: text(32),
    status: text(32),
    at: instant(),
    value: real(),
    message: text(),
    payload: bytes().nullable(),
    enabled: bool(),
    labels: json<Labels>(),
  },
  { key: ['id'], indexes: [{ columns: ['status', 'at'] }] },
);

export interface Labels {
  readonly team: string;
  readonly tier: number;
}

export type Event = Row<typeof events>;

const domain: Domain<typeof events> = {
  name: 'bench',
  tables: [events],
  resources: [],
  migrations: [{ id: '0001-baseline', steps: [{ createTables: [events.spec] }] }],
};

export type BenchStore = Store<typeof events>;

export const openBench = (path: string): Promise<BenchStore> =>
  openStore({ url: `sqlite:${path}`, domains: [domain] }) as Promise<BenchStore>;

/** A closed database with these rows: every side starts on a copy of it. */
export async function makeTemplate(name: string, rows: readonly Event[]): Promise<string> {
  const path = scratchPath(name);
  await using store = await openBench(path);
  await store.repository(events).upsertMany(rows);
  return path;
}
