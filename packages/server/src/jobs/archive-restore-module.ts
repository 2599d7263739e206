// The work of a job `archive-restore` in a thread of its own: an archive into another, empty database.

import { isAbsolute } from 'node:path';
import { parseInstant } from '@holdfast/core';
import { requireArchive, restoreArchive } from '@holdfast/core/archive';
import type { RunJob } from '@holdfast/core/job';
import { withChain } from '../cli/archive-chain.ts';
import { domains } from '../cli/domains.ts';
import { openParam } from '../shapes/sealed.ts';
import { askedBy, invocationOf, keysToOpen, openJobStore, placeOf, teller } from './job-store.ts';

export const run: RunJob = async (work) => {
  const { params, signal, progress } = work;
  const dryRun = params['dryRun'] === true;
  const lossy = params['lossy'] === 'nearest' ? 'nearest' : 'refuse';
  const store = await openJobStore(work);
  const { keys, path, to } = await (async () => {
    try {
      const named = String(params['archive']);
      const path = isAbsolute(named) ? named : (await requireArchive(store, named)).path;
      return { keys: await keysToOpen(work, store), path, to: openParam(store, params['to'])! };
    } finally {
      await store.close();
    }
  })();
  const at = params['at'] === undefined ? undefined : parseInstant(String(params['at']));
  return withChain(invocationOf(work), path, { keys, at, checked: { signal } }, async (chain) => {
    const result = await restoreArchive(chain, {
      ...{ url: to, keyFile: placeOf(work).keyFile, domains, dryRun, lossy, signal },
      ...{ by: { name: askedBy(work), via: 'api' }, onProgress: teller(progress) },
    });
    const { id, createdAt } = chain.at(-1)!.header;
    return { ...result, archive: id, at: createdAt, ...(dryRun ? { confirm: params['confirm'] } : {}) };
  });
};
