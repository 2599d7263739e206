// Configured connections.

import { bool, json, text, timestamps } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';

const columns = {
  name: text(64),
  domain: text(64),
  /** What the domain's collector needs, secrets excepted. */
  settings: json<Record<string, unknown>>(),
  /** JSON of the credentials. */
  credentials: text().nullable().secret(),
  enabled: bool().default(true),
  ...timestamps,
};
const { credentials: _, ...readable } = columns;

/** The name is the key: it stands in every record that the source confirms. */
export const sources = table('holdfast_sources', columns, {
  key: ['name'],
  dataClass: 'critical',
  history: 'versions',
});

/** The same table without what is sealed: it is read without the key. */
export const connections = table('holdfast_sources', readable, { key: ['name'] });
