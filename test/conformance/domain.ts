// A domain made of a test's own tables.

import type { AnyTable, Domain, Migration } from '@holdfast/core';

/** The baseline that makes these tables. */
export const baselineOf = (...tables: readonly AnyTable[]): Migration => ({
  id: '0001-baseline',
  steps: [{ createTables: tables.map((table) => table.spec) }],
});

/** Parents stand before their children. */
export const domainOf = <T extends readonly AnyTable[]>(...tables: T): Domain<T[number]> => ({
  name: 'test',
  tables,
  resources: [],
  migrations: [baselineOf(...tables)],
});
