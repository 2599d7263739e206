// @holdfast/domains/coach: the entities of a coach, what they do, and the interlocks around them.

import type { Domain, Migration } from '@holdfast/core';
import baseline from './migrations/0001-baseline.json' with { type: 'json' };
import history from './migrations/0002-history.json' with { type: 'json' };
import { seedCoach } from './seed.ts';
import { coachEntities, coachInterlocks, coachStates, coachTables } from './tables.ts';

export * from './queries.ts';
export * from './tables.ts';

export const coach: Domain<(typeof coachTables)[number]> = {
  name: 'coach',
  tables: coachTables,
  resources: [
    {
      name: 'coach.entity',
      table: coachEntities,
      summary: ['source', 'entityId', 'friendlyName', 'deviceType', 'suggestedArea', 'instance', 'protocol'],
      scopeOf: () => 'entities',
    },
    {
      name: 'coach.state',
      table: coachStates,
      summary: ['source', 'entityId', 'state', 'operation', 'value', 'reportedAt'],
      scopeOf: () => 'states',
    },
    {
      name: 'coach.interlock',
      table: coachInterlocks,
      summary: ['source', 'name', 'feature', 'state', 'reason', 'overriddenBy', 'overrideExpiresAt'],
      scopeOf: () => 'interlocks',
    },
  ],
  migrations: [
    { id: '0001-baseline', ...baseline } as unknown as Migration,
    { id: '0002-history', ...history } as unknown as Migration,
  ],
  seed: seedCoach,
};
