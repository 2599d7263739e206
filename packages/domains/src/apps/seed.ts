// Fills a store with a made-up platform and its apps.

import type { SeedOptions, Store } from '@holdfast/core';
import { makeRandom } from '../random.ts';
import { fill, seedSource, storeSeed } from '../seeding.ts';
import { makeApp, makeManifest, makePort, makeRuntimeInfo, mostPorts } from './factories.ts';
import { makeProcess, makeSystemMetrics } from './host-factories.ts';
import { appsProcesses, appsSystemMetrics } from './host-tables.ts';
import { apps, appsManifests, appsPorts, appsRuntimeInfo } from './tables.ts';

const processes = 25;

/** `size` apps, each with its manifest and how it runs, on one machine. @returns rows stored */
export function seedApps(store: Store, options: SeedOptions): Promise<number> {
  const { size, seed } = options;
  const source = seedSource('apps');
  const random = makeRandom(seed);
  // The same sequence again: what runs, and what it says of itself, is what there is.
  const forManifests = makeRandom(seed);
  const forRuntime = makeRandom(seed);
  const details = makeRandom(seed + 1);
  const fillings = [
    fill(apps, size, (index) => makeApp(source, index, random)),
    fill(appsManifests, size, (index) => makeManifest(makeApp(source, index, forManifests), details)),
    fill(appsRuntimeInfo, size, (index) =>
      makeRuntimeInfo(makeApp(source, index, forRuntime), index, details),
    ),
    fill(appsPorts, Math.min(size, mostPorts), (index) => makePort(source, index)),
    fill(appsSystemMetrics, 1, () => makeSystemMetrics(source, details)),
    fill(appsProcesses, processes, (index) => makeProcess(source, index, details)),
  ];
  return storeSeed(store, 'apps', fillings, options);
}
