// Fills a store with made-up zones.

import type { SeedOptions, Store } from '@holdfast/core';
import { makeRandom } from '../random.ts';
import { fill, seedSource, storeSeed } from '../seeding.ts';
import { makeDnsRecord, makeTrackedRecord } from './factories.ts';
import { dnsRecords, dnsTrackedRecords } from './tables.ts';

/** `size` records, of which six in ten are tracked. @returns rows stored */
export function seedDns(store: Store, options: SeedOptions): Promise<number> {
  const { size, seed } = options;
  const source = seedSource('dns');
  const random = makeRandom(seed);
  // The same sequence again: what is tracked is what there is.
  const again = makeRandom(seed);
  const knowledge = makeRandom(seed + 1);
  const fillings = [
    fill(dnsRecords, size, (index) => makeDnsRecord(source, index, random)),
    fill(dnsTrackedRecords, Math.ceil(size * 0.6), (index) =>
      makeTrackedRecord(makeDnsRecord(source, index, again), knowledge),
    ),
  ];
  return storeSeed(store, 'dns', fillings, options);
}
