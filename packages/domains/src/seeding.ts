// Seeding: made-up records of a domain, stored batch by batch under a source of its own.

import { type AnyTable, type Insert, parseInstant, type SeedOptions, type Store } from '@holdfast/core';
import { putSource } from '@holdfast/core/system';

const batchRows = 5_000;

/** A source belongs to one domain, so each has its own. */
export const seedSource = (domain: string): string => `seed-${domain}`;

/** What the clocks of made-up records say, so that the same seed makes the same records byte for byte. */
export const seedInstant = parseInstant('2026-01-01T00:00:00Z');

/** So many records of a table; `make` is called once for each, in order. */
interface Filling {
  readonly table: AnyTable;
  readonly count: number;
  readonly make: (index: number) => Readonly<Record<string, unknown>>;
}

export const fill = <T extends AnyTable>(
  table: T,
  count: number,
  make: (index: number) => Insert<T>,
): Filling => ({ table, count, make });

/**
 * Stores the fillings in their order, parents first. Memory is bounded by the batch.
 * @returns rows stored
 */
export async function storeSeed(
  store: Store,
  domain: string,
  fillings: readonly Filling[],
  { signal, onProgress }: SeedOptions,
  settings: Readonly<Record<string, unknown>> = { endpoint: `https://${seedSource(domain)}.invalid` },
): Promise<number> {
  const name = seedSource(domain);
  // Never swept: there is nothing behind it.
  await putSource(store, {
    name,
    domain,
    settings,
    credentials: {},
    enabled: false,
  });
  const total = fillings.reduce((sum, { count }) => sum + count, 0);
  let done = 0;
  for (const { table, count, make } of fillings) {
    const stamps = stampsOf(table);
    for (let start = 0; start < count; start += batchRows) {
      const length = Math.min(batchRows, count - start);
      const rows = Array.from({ length }, (_, index) => ({ ...stamps, ...make(start + index) }));
      await store.repository(table).upsertMany(rows as Insert<AnyTable>[], { signal });
      done += length;
      onProgress?.(done, total);
    }
  }
  return done;
}

/** The instants that a store would fill in by its own clock. */
function stampsOf(table: AnyTable): Record<string, number> {
  const set = table.properties.filter((property) => table.columns[property].options.auto !== undefined);
  if (table.metricProperties.length > 0) set.push('metricsAt');
  return Object.fromEntries(set.map((property) => [property, seedInstant]));
}
