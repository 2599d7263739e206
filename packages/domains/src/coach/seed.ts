// Fills a store with a made-up coach.

import type { SeedOptions, Store } from '@holdfast/core';
import { makeRandom } from '../random.ts';
import { fill, seedSource, storeSeed } from '../seeding.ts';
import { makeEntity, makeInterlock, makeState } from './factories.ts';
import { coachEntities, coachInterlocks, coachStates } from './tables.ts';

/** `size` entities with their states, and an interlock for every twentieth. @returns rows stored */
export function seedCoach(store: Store, options: SeedOptions): Promise<number> {
  const { size, seed } = options;
  const source = seedSource('coach');
  const random = makeRandom(seed);
  const fillings = [
    fill(coachEntities, size, (index) => makeEntity(source, index)),
    fill(coachStates, size, (index) => makeState(source, index, random)),
    fill(coachInterlocks, Math.max(3, Math.ceil(size / 20)), (index) => makeInterlock(source, index, random)),
  ];
  return storeSeed(store, 'coach', fillings, options);
}
