// The work of a job `archive-verify` in a thread of its own: is the archive whole, and can it be restored.

import { exits, isHoldfastError } from '@holdfast/core';
import {
  openFileSource,
  outlineArchive,
  recordProof,
  requireArchive,
  testRestore,
  verifyArchive,
} from '@holdfast/core/archive';
import type { RunJob } from '@holdfast/core/job';
import { withChain } from '../cli/archive-chain.ts';
import { domains } from '../cli/domains.ts';
import { invocationOf, keysToOpen, openJobStore, teller } from './job-store.ts';

type Depth = 'checksums' | 'decode' | 'restore';

export const run: RunJob = async (work) => {
  const { params, signal, progress } = work;
  const startedAt = performance.now();
  const tell = teller(progress);
  await using store = await openJobStore(work);
  const { id, path } = await requireArchive(store, String(params['archive']));
  const source = await openFileSource(path);
  try {
    const { slots } = await outlineArchive(source);
    const keys = slots.length === 0 ? [] : await keysToOpen(work, store);
    const readable = slots.length === 0 || keys.length > 0;
    const depth = (params['depth'] ?? (readable ? 'restore' : 'checksums')) as Depth;
    const report = await verifyArchive(source, {
      ...{ keys, signal, depth: depth === 'checksums' ? ('stored' as const) : ('decoded' as const) },
      onProgress: ({ phase, bytes: done, total }) => tell({ phase, done, total }),
    });
    if (depth === 'restore') {
      try {
        await withChain(invocationOf(work), path, { keys }, (chain) =>
          testRestore(chain, { domains, signal, onProgress: tell }),
        );
      } catch (error) {
        // Only what is wrong with the archive is held against it.
        if (isHoldfastError(error) && error.exit === exits.integrity) await recordProof(store, id, false);
        throw error;
      }
      await recordProof(store, id, true);
    }
    const durationMs = Math.round(performance.now() - startedAt);
    return { ok: true, ...report, depth, proven: depth === 'restore', durationMs };
  } finally {
    await source.close();
  }
};
