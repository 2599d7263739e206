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

export const openBench = (url: string): Promise<BenchStore> =>
  openStore({ url, domains: [domain] }) as Promise<BenchStore>;
