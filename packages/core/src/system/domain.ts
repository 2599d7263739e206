// Holdfast itself as a domain: its tables come with every store.

import type { Domain } from '../schema/domain.ts';
import type { Migration } from '../update/migration.ts';
import baseline from './migrations/0001-baseline.json' with { type: 'json' };
import accountsAndWork from './migrations/0002-accounts-and-work.json' with { type: 'json' };
import history from './migrations/0003-history.json' with { type: 'json' };
import { systemTables } from './tables.ts';

export const systemDomain: Domain<(typeof systemTables)[number]> = {
  name: 'system',
  tables: systemTables,
  resources: [],
  migrations: [
    { id: '0001-baseline', ...baseline } as unknown as Migration,
    { id: '0002-accounts-and-work', ...accountsAndWork } as unknown as Migration,
    { id: '0003-history', ...history } as unknown as Migration,
  ],
};
