// Fills a store with a made-up cluster.

import type { SeedOptions, Store } from '@holdfast/core';
import { makeRandom } from '../random.ts';
import { fill, seedSource, storeSeed } from '../seeding.ts';
import { makeContainer, makeNode, makeNodeStorage, makeStorage, makeTask, makeVm } from './factories.ts';
import { containers, nodeStorage, nodes, storage, tasks, vms } from './tables.ts';

const guestsPerNode = 50;
const storages = 3;

/** `size` guests, half of them containers, with nodes, storage and tasks to match. @returns rows stored */
export function seedProxmox(store: Store, options: SeedOptions): Promise<number> {
  const { size } = options;
  const source = seedSource('proxmox');
  const random = makeRandom(options.seed);
  const nodeCount = Math.max(1, Math.ceil(size / guestsPerNode));
  const vmCount = Math.ceil(size / 2);
  const fillings = [
    fill(nodes, nodeCount, (index) => makeNode(source, index, random)),
    fill(storage, storages, (index) => makeStorage(source, index)),
    fill(nodeStorage, nodeCount * storages, (index) =>
      makeNodeStorage(source, Math.floor(index / storages), index % storages, random),
    ),
    fill(vms, vmCount, (index) => makeVm(source, index, nodeCount, random)),
    fill(containers, size - vmCount, (index) => makeContainer(source, vmCount + index, nodeCount, random)),
    fill(tasks, size, (index) => makeTask(source, index, nodeCount, random)),
  ];
  return storeSeed(store, 'proxmox', fillings, options);
}
