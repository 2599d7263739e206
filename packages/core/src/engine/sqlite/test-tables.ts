// Tables of the SQLite tests, for the tests themselves and for the processes they start.

import { int, real, text } from '../../schema/column.ts';
import type { Domain } from '../../schema/domain.ts';
import { type AnyTable, table } from '../../schema/table.ts';

export const things = table('things', { id: int(), name: text().default('-') }, { key: ['id'] });

/** Rows written in batches: `batch` says in which. With an index and gauges, so that a batch is many writes. */
export const entries = table(
  'entries',
  { batch: int(), line: int(), payload: text(), level: real().metric() },
  { key: ['batch', 'line'], indexes: [{ columns: ['payload'] }] },
);

export const domainOf = <T extends readonly AnyTable[]>(...tables: T): Domain<T[number]> => ({
  name: 'test',
  tables,
  resources: [],
  migrations: [{ id: '0001-baseline', steps: [{ createTables: tables.map(({ spec }) => spec) }] }],
});
