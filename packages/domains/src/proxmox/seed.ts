// Fills a store with made-up clusters, batch by batch.

import type { AnyTable, Insert, SeedOptions, Store } from '@holdfast/core';
import { putSource } from '@holdfast/core/system';
import {
  makeContainer,
  makeNode,
  makeNodeStorage,
  makeStorage,
  makeTask,
  makeVm,
  randomFrom,
} from './factories.ts';
import { containers, nodeStorage, nodes, storage, tasks, vms } from './tables.ts';

const batchRows = 5_000;
const guestsPerNode = 50;
const storages = 3;

/** `size` guests, half of them containers, with nodes, storage and tasks to match. @returns rows stored */
export async function seedProxmox(
  store: Store,
  { size, seed, signal, onProgress }: SeedOptions,
): Promise<number> {
  const source = 'seed';
  const random = randomFrom(seed);
  const nodeCount = Math.max(1, Math.ceil(size / guestsPerNode));
  const vmCount = Math.ceil(size / 2);
  // Never swept: there is nothing behind it.
  await putSource(store, {
    name: source,
    domain: 'proxmox',
    settings: { endpoint: 'https://seed.invalid:8006' },
    credentials: {},
    enabled: false,
  });
  const total = nodeCount + storages + nodeCount * storages + size + size;
  let done = 0;
  const fill = async <T extends AnyTable>(
    table: T,
    count: number,
    make: (index: number) => Insert<T>,
  ): Promise<void> => {
    for (let start = 0; start < count; start += batchRows) {
      const rows = Array.from({ length: Math.min(batchRows, count - start) }, (_, index) =>
        make(start + index),
      );
      await store.repository(table).upsertMany(rows, { signal });
      done += rows.length;
      onProgress?.(done, total);
    }
  };
  await fill(nodes, nodeCount, (index) => makeNode(source, index, random));
  await fill(storage, storages, (index) => makeStorage(source, index));
  await fill(nodeStorage, nodeCount * storages, (index) =>
    makeNodeStorage(source, Math.floor(index / storages), index % storages, random),
  );
  await fill(vms, vmCount, (index) => makeVm(source, index, nodeCount, random));
  await fill(containers, size - vmCount, (index) =>
    makeContainer(source, vmCount + index, nodeCount, random),
  );
  await fill(tasks, size, (index) => makeTask(source, index, nodeCount, random));
  return done;
}
