// @holdfast/domains/shelly: what a fleet of Shelly devices is, and how it is read.

import type { Domain, Migration } from '@holdfast/core';
import { mirrorSchedules } from './drift/schedules.ts';
import baseline from './migrations/0001-baseline.json' with { type: 'json' };
import history from './migrations/0002-history.json' with { type: 'json' };
import { shellyResources } from './resources.ts';
import { seedShelly } from './seed.ts';
import { shellyTables } from './tables.ts';

export { shellyCollector } from './collect.ts';
export * from './queries.ts';
export { type ShellyOptions, shellySource } from './settings.ts';
export * from './tables.ts';

export const shelly: Domain<(typeof shellyTables)[number]> = {
  name: 'shelly',
  tables: shellyTables,
  resources: shellyResources,
  migrations: [
    { id: '0001-baseline', ...baseline } as unknown as Migration,
    { id: '0002-history', ...history } as unknown as Migration,
  ],
  seed: seedShelly,
  schedules: mirrorSchedules,
};
