// @holdfast/domains/dns: the records of DNS providers, and which of them are ours.

import type { Domain, Migration } from '@holdfast/core';
import baseline from './migrations/0001-baseline.json' with { type: 'json' };
import history from './migrations/0002-history.json' with { type: 'json' };
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
      drift: {
        leaveOut: ['fingerprint', 'managed'],
        rules: [
          {
            path: 'content',
            category: 'network',
            severity: 'critical',
            note: 'It is seen once caches forget the old one',
          },
          {
            path: 'proxied',
            category: 'security',
            severity: 'warning',
            note: 'It shows or hides the address behind it',
          },
          { path: 'ttl', category: 'network', severity: 'info' },
          { path: 'comment', category: 'metadata', severity: 'info' },
        ],
        // The provider's own choice.
        defaults: { ttl: 1 },
      },
    },
    {
      name: 'dns.tracked_record',
      table: dnsTrackedRecords,
      summary: ['source', 'zone', 'type', 'name', 'content', 'ownership', 'trackedAt', 'orphanedAt'],
    },
  ],
  migrations: [
    { id: '0001-baseline', ...baseline } as unknown as Migration,
    { id: '0002-history', ...history } as unknown as Migration,
  ],
  seed: seedDns,
};
