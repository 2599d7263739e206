// Configured connections.

import { bool, json, text, timestamps } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';

/** The name is the key: it stands in every record that the source confirms. */
export const sources = table(
  'holdfast_sources',
  {
    name: text(64),
    domain: text(64),
    /** What the domain's collector needs, secrets excepted. */
    settings: json<Record<string, unknown>>(),
    /** JSON of the credentials. */
    credentials: text().nullable().secret(),
    enabled: bool().default(true),
    ...timestamps,
  },
  { key: ['name'], dataClass: 'critical', history: 'versions' },
);
