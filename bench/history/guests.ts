// Guests as the history benches keep them, with a past and without one, and how they are made up and changed.

import {
  type AnyTable,
  bool,
  type Domain,
  int,
  json,
  openStore,
  presence,
  real,
  type Store,
  table,
  text,
  timestamps,
} from '@holdfast/core';
import { scratchPath } from '../harness/scratch.ts';
import { gaugeNames } from './polls.ts';

const columns = {
  source: text(64),
  vmid: int(),
  name: text(128),
  node: text(64),
  status: text(16),
  template: bool(),
  cpuCores: int(),
  memoryBytes: int(),
  description: text(),
  tags: json<readonly string[]>(),
};
const key = { key: ['source', 'vmid'] } as const;
export const guests = table('bench_guests', columns, { ...key, history: 'versions' });
/** The same as they were at one moment, and nothing else: what the past is held against. */
export const guestsThen = table('bench_guests_then', columns, key);
const gauges = Object.fromEntries(gaugeNames.map((name) => [name, real().metric()])) as Record<
  (typeof gaugeNames)[number],
  ReturnType<ReturnType<typeof real>['metric']>
>;
/** Guests that a sweep observes, so that their gauges come along. */
export const polledGuests = table(
  'bench_polled',
  { ...columns, ...presence, ...timestamps, ...gauges },
  { ...key, history: 'versions' },
);
export const polledThen = table('bench_polled_then', { ...columns, ...presence, ...timestamps }, key);

const unseen = table('bench_unseen', columns, key);
const keysKept = table('bench_keys', columns, { ...key, history: 'keys' });
const versionsKept = table('bench_versions', columns, { ...key, history: 'versions' });
export type GuestTable = typeof unseen;
/** The same table at each level of history. */
export const capturedTables = [
  { table: unseen, level: undefined },
  { table: keysKept as unknown as GuestTable, level: 'keys' },
  { table: versionsKept as unknown as GuestTable, level: 'versions' },
] as const;

const tables = [guests, guestsThen, polledGuests, polledThen, unseen, keysKept, versionsKept];
export const guestResource = { name: 'bench.guest', table: guests, summary: ['name'] };

const domain: Domain = {
  name: 'bench',
  tables,
  resources: [guestResource],
  migrations: [{ id: '0001-baseline', steps: [{ createTables: tables.map(({ spec }) => spec) }] }],
};

export type BenchStore = Store;
export const openGuests = (url: string): Promise<BenchStore> =>
  openStore({ url, domains: [domain], keyFile: scratchPath('secret.key') }) as unknown as Promise<BenchStore>;

/** Names of their tables, histories included. */
export const guestTables = ['bench_guests', 'bench_guests_history', 'bench_guests_then'] as const;

/** A guest; a later version of it has more memory, another description, and now and then another node. */
export function makeGuest(vmid: number, version = 0) {
  return {
    source: 'lab',
    vmid,
    name: `guest-${vmid}`,
    node: `node-${(vmid + Math.floor(version / 10)) % 8}`,
    status: (vmid + version) % 5 === 4 ? 'stopped' : 'running',
    template: vmid % 50 === 0,
    cpuCores: 1 + (vmid % 8),
    memoryBytes: 2 ** 30 * (1 + (version % 16)),
    description: `changed ${version} times; ask the team before it is moved`,
    tags: ['prod', `team-${vmid % 23}`],
  };
}

export const makeGuests = (count: number, version = 0) =>
  Array.from({ length: count }, (_, index) => makeGuest(100 + index, version));

/** Copies every record of a table as it is now into one of the same columns. */
export async function copyRecords(store: BenchStore, from: AnyTable, to: AnyTable): Promise<void> {
  const { quote } = store.engine.syntax;
  const names = to.spec.columns.map(({ name }: { name: string }) => quote(name)).join(', ');
  await store.engine.autocommit((session) =>
    session.exec(`INSERT INTO ${quote(to.name)} (${names}) SELECT ${names} FROM ${quote(from.name)}`),
  );
}
