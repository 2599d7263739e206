// A store, a source and a simulated cluster behind it: sweeps as the product makes them, with a clock beside.

import { openStore, type Store } from '@holdfast/core';
import { type Collector, type Observation, type SweepResult, sweep } from '@holdfast/core/sync';
import { addSource, listSources } from '@holdfast/core/system';
import { proxmox, proxmoxCollector } from '@holdfast/domains/proxmox';
import { scratchPath } from '../harness/scratch.ts';
import type { RemoteCluster } from './simulator.ts';

export const openLab = (path: string): Promise<Store> =>
  openStore({
    url: `sqlite:${path}`,
    domains: [proxmox],
    keyFile: scratchPath('secret.key'),
  }) as unknown as Promise<Store>;

export const addCluster = (store: Store, { url, token }: RemoteCluster): Promise<void> =>
  addSource(store, { name: 'lab', domain: 'proxmox', settings: { endpoint: url }, credentials: { token } });

export interface Swept {
  readonly result: SweepResult;
  /** What the collector reported, to be stored elsewhere again. */
  readonly observations: readonly Observation[];
  /** Records that were compared. */
  readonly compared: number;
  /** Milliseconds from the last answer, read and parsed, to the end of the last commit. */
  readonly afterLastByte: number;
  /** Milliseconds of the whole sweep, requests included, and CPU time of this process meanwhile. */
  readonly wall: number;
  readonly cpu: number;
}

/** One real sweep over HTTP. The last progress report comes right after the last answer was parsed. */
export async function timedSweep(store: Store): Promise<Swept> {
  const sources = await listSources(store);
  const observations: Observation[] = [];
  const collector: Collector = {
    ...proxmoxCollector,
    async *collect(context) {
      for await (const observation of proxmoxCollector.collect(context)) {
        observations.push(...[observation].flat());
        yield observation;
      }
    },
  };
  let lastAnswer = 0;
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const result = await sweep(store, sources, [collector], {
    onProgress: () => {
      lastAnswer = performance.now();
    },
  });
  const end = performance.now();
  const { user, system } = process.cpuUsage(cpuBefore);
  if (!result.complete) throw new Error('the sweep is incomplete: the simulator did not answer everything');
  const compared = result.sources.reduce(
    (sum, each) => sum + each.created + each.changed + each.unchanged,
    0,
  );
  return {
    result,
    observations,
    compared,
    afterLastByte: end - lastAnswer,
    wall: end - start,
    cpu: (user + system) / 1000,
  };
}

/** A sweep that is told what was seen, so that nothing but comparing and writing is left. @returns milliseconds */
export async function replay(store: Store, observations: readonly Observation[]): Promise<number> {
  const sources = await listSources(store);
  const collector: Collector = {
    ...proxmoxCollector,
    async *collect() {
      yield* observations;
    },
  };
  const start = performance.now();
  await sweep(store, sources, [collector]);
  return performance.now() - start;
}
