// The migrations on file make what the declarations say. When this fails: npm run schema.

import { expect, test } from 'vitest';
import { systemDomain } from './domain.ts';
import { systemTables } from './tables.ts';

test('the migrations together make the declared tables, and no others', () => {
  const steps = systemDomain.migrations.flatMap((migration) => [...migration.steps]);
  const tracked = steps.flatMap((step) => ('track' in step ? step.track : []));
  const made = steps
    .flatMap((step) => ('createTables' in step ? step.createTables : []))
    .map((spec) => tracked.find(({ name }) => name === spec.name) ?? spec);
  expect(made).toEqual(systemTables.map((table) => table.spec));
});

test('they are applied in the order of their ids', () => {
  const ids = systemDomain.migrations.map(({ id }) => id);
  expect(ids).toEqual(ids.toSorted());
});
