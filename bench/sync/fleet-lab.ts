// A store and a source of Shelly devices: real sweeps over HTTP, and the same observations again without it.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openStore, type Store } from '@holdfast/core';
import { type Collector, type Observation, sweep } from '@holdfast/core/sync';
import { listSources, putSource } from '@holdfast/core/system';
import { shelly, shellyCollector } from '@holdfast/domains/shelly';
import { scratchPath } from '../harness/scratch.ts';
import type { FleetSize } from './fleet-child.ts';

export const openFleet = (path: string): Promise<Store> =>
  openStore({
    url: `sqlite:${path}`,
    domains: [shelly],
    keyFile: scratchPath('secret.key'),
  }) as unknown as Promise<Store>;

export interface RemoteFleet extends AsyncDisposable {
  readonly addresses: readonly string[];
}

export async function startFleet(size: FleetSize): Promise<RemoteFleet> {
  const child: ChildProcess = fork(fileURLToPath(new URL('fleet-child.ts', import.meta.url)));
  child.send(size);
  const [addresses] = (await once(child, 'message')) as [readonly string[]];
  return {
    addresses,
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}

export const addFleet = (store: Store, addresses: readonly string[]): Promise<void> =>
  putSource(store, { name: 'home', domain: 'shelly', settings: { addresses }, credentials: {} });

export interface FleetSwept {
  /** Milliseconds of the whole sweep. */
  readonly wall: number;
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
}

/** @param observed what a collector would report; without it, the devices are asked */
export async function sweepFleet(
  store: Store,
  observed?: readonly (readonly Observation[])[],
): Promise<FleetSwept> {
  const collector: Collector =
    observed === undefined
      ? shellyCollector
      : {
          ...shellyCollector,
          async *collect() {
            yield* observed;
          },
        };
  const sources = await listSources(store);
  const start = performance.now();
  const result = await sweep(store, sources, [collector]);
  const wall = performance.now() - start;
  if (!result.complete) throw new Error('the sweep is incomplete: some device did not answer everything');
  const { created, changed, unchanged } = result.sources[0]!;
  return { wall, created, changed, unchanged };
}
