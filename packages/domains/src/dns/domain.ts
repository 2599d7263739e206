// @holdfast/domains/dns: the records of DNS providers, and which of them are ours.

import type { Domain, Migration } from '@holdfast/core';
import baseline from './migrations/0001-baseline.json' with { type: 'json' };
import { seedDns } from './seed.ts';
import { dnsRecords, dnsTables, dnsTrackedRecords } from './tables.ts';

export * from './fingerprint.ts';
export * from './queries.ts';
export * from './tables.ts';

export const dns: Domain<(typeof dnsTables)[number]> = {
  name: 'dns',
  tables: dnsTables,
  resources: [
    {
      name: 'dns.record',
      table: dnsRecords,
      summary: ['source', 'zone', 'type', 'name', 'content', 'ttl', 'proxied', 'managed'],
      scopeOf: (row) => `zone/${row['zone']}`,
    },
    {
      name: 'dns.tracked_record',
      table: dnsTrackedRecords,
      summary: ['source', 'zone', 'type', 'name', 'content', 'ownership', 'trackedAt', 'orphanedAt'],
    },
  ],
  migrations: [{ id: '0001-baseline', ...baseline } as unknown as Migration],
  seed: seedDns,
};
