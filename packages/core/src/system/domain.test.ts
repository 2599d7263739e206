// The baseline on file is what the declarations say. When this fails: npm run schema.

import { expect, test } from 'vitest';
import { systemDomain } from './domain.ts';
import { systemTables } from './tables.ts';

test('the baseline creates the declared tables, and no others', () => {
  expect(systemDomain.migrations).toEqual([
    { id: '0001-baseline', steps: [{ createTables: systemTables.map((table) => table.spec) }] },
  ]);
});
