// The rows of the archive benches: eight columns, three indexes, of about 120 or about 240 bytes.

import { type Domain, instant, int, real, type Store, table, text } from '@holdfast/core';

export const rows = table(
  'bench_rows',
  {
    id: int(),
    device: text(40),
    kind: text(20),
    status: text(12),
    at: instant(),
    level: real(),
    note: text(400),
    place: text(40),
  },
  { key: ['id'], indexes: [{ columns: ['device', 'at'] }, { columns: ['status'] }, { columns: ['at'] }] },
);
/** The same with its changes kept, for increments. */
export const trackedRows = table(
  'bench_tracked',
  { id: int(), device: text(40), at: instant(), note: text(400) },
  { key: ['id'], history: 'keys' },
);
/** The same with every version of a record kept. */
export const keptRows = table(
  'bench_kept',
  { id: int(), device: text(40), at: instant(), note: text(400) },
  { key: ['id'], history: 'versions' },
);

const tables = [rows, trackedRows, keptRows];
export const domain: Domain = {
  name: 'bench',
  tables,
  resources: [],
  migrations: [{ id: '0001-baseline', steps: [{ createTables: tables.map(({ spec }) => spec) }] }],
};

const words = ['lamp', 'relay', 'meter', 'plug', 'door', 'blind', 'valve', 'motion', 'smoke', 'button'];
const states = ['on', 'off', 'idle', 'alarm'];
/** Numbers that look like none, and are the same every time. */
const mixed = (seed: number): number => Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d) >>> 0;

export function makeRow(id: number, wide: boolean) {
  const random = mixed(id + 1);
  const word = (shift: number): string => words[(random >>> shift) % words.length]!;
  const sentence = `${word(1)} ${word(4)} reports ${random % 1000} of ${word(7)} at ${word(10)}`;
  return {
    id,
    device: `device-${(random % 5000).toString(16)}`,
    kind: word(13),
    status: states[random % 4]!,
    at: 1_772_000_000_000_000 + id * 1_000_003,
    level: (random % 100_000) / 100,
    note: wide
      ? `${sentence}; ${sentence} again, ${random} ${mixed(random)} ${mixed(random + 7)} ${word(16)}`
      : sentence,
    place: `floor ${random % 7}`,
  };
}

export async function fillRows(store: Store, count: number, wide: boolean): Promise<void> {
  const repository = store.repository(rows);
  for (let from = 0; from < count; from += 10_000) {
    const some = Array.from({ length: Math.min(10_000, count - from) }, (_, at) => makeRow(from + at, wide));
    await repository.insertMany(some);
  }
}

/** Versions that a record has had. */
const versions = 10;

/** So many rows of history, of a tenth as many records. */
export async function fillKept(store: Store, changes: number): Promise<void> {
  const repository = store.repository(keptRows);
  const records = Math.ceil(changes / versions);
  for (let version = 0; version < versions; version++)
    for (let from = 0; from < records; from += 10_000) {
      const some = Array.from({ length: Math.min(10_000, records - from) }, (_, index) => {
        const { device, at, note } = makeRow(from + index, false);
        return { id: from + index, device, at: at + version, note };
      });
      await repository.upsertMany(some);
    }
}
