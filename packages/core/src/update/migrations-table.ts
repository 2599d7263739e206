// The record of what has been applied to a database.

import { instant, text } from '../schema/column.ts';
import { table } from '../schema/table.ts';

/** Made before any migration runs, so it is in no baseline. */
export const migrationsTable = table(
  'holdfast_migrations',
  {
    domain: text(64),
    id: text(64),
    checksum: text(64),
    appliedAt: instant(),
    /** Version of the program that applied it. */
    appliedBy: text(32),
  },
  { key: ['domain', 'id'], dataClass: 'critical' },
);
