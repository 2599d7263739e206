// The work of a job `archive-restore-into` in a thread of its own: plans a restore into the served database, or does what
// was agreed to. The plan has the id of the job that made it, and what is restored is credited to that id, so that the way
// back is known before.

import { join, resolve } from 'node:path';
import { HoldfastError, parseInstant } from '@holdfast/core';
import { type ConflictPolicy, type Contents, contentsOf, toLockKey } from '@holdfast/core/archive';
import type { JobWork, RunJob } from '@holdfast/core/job';
import { requirePlan, storePlan } from '@holdfast/core/plan';
import {
  applyLiving,
  livingJson,
  planLiving,
  saveBefore,
  type ToldLiving,
} from '../backups/restore-living.ts';
import { withChain } from '../cli/archive-chain.ts';
import { fromManager, isManagerFile } from '../cli/restore-manager.ts';
import {
  askedBy,
  backupFolder,
  invocationOf,
  keysToLock,
  keysToOpen,
  openJobStore,
  placeOf,
  teller,
} from './job-store.ts';

export const run: RunJob = async (work) => {
  const startedAt = performance.now();
  const { params, signal, progress } = work;
  await using store = await openJobStore(work);
  const keys = await keysToOpen(work, store);
  const at = params['at'] === undefined ? undefined : parseInstant(String(params['at']));
  const archive = String(params['archive']);
  const doWork = async (contents: Contents, told: Pick<ToldLiving, 'errors' | 'warnings'> = {}) => {
    const accept = params['accept'] === undefined ? undefined : String(params['accept']);
    const request = accept ?? work.jobId;
    const { intents } = placeOf(work);
    const options = { ...optionsOf(work, request), signal, onProgress: teller(progress) };
    const planned = await planLiving(store, contents, options);
    const { plan, nothing } = planned;
    if (accept === undefined) {
      const actor = { name: askedBy(work), via: 'api' };
      await applyLiving(store, planned, { actor, intents, request, dryRun: true, signal });
      const id = nothing
        ? null
        : await storePlan(store, plan, { id: work.jobId, requestedBy: askedBy(work) });
      return livingJson(planned, id, { ...told, dryRun: true, request, startedAt });
    }
    const agreed = await requirePlan(store, accept);
    // Before anything is written, also beside the database.
    if (agreed.plan.hash !== plan.hash)
      throw new HoldfastError('PLAN_STALE', `it would do something else by now: ${plan.title}`, {
        details: { shown: agreed.plan.hash, now: plan.hash },
      });
    const { consent } = agreed;
    const lockWith = planned.safety === undefined ? [] : await keysToLock(work, store);
    const locked = { keys: lockWith.map(toLockKey), createdBy: askedBy(work), signal };
    const saved = await saveBefore(store, planned, locked);
    const actor = { name: consent?.by ?? 'nobody', via: consent?.via ?? 'api' };
    const stored = { id: accept, consent };
    await applyLiving(store, planned, { actor, intents, request, dryRun: false, signal, stored });
    return livingJson(planned, accept, { ...told, dryRun: false, request, saved, startedAt });
  };
  if (isManagerFile(archive)) {
    const source = params['source'] === undefined ? undefined : String(params['source']);
    const { contents, errors, warnings } = fromManager(archive, source);
    return await doWork(await contents(store), { errors, warnings });
  }
  return await withChain(invocationOf(work), archive, { keys, at }, async (chain) => {
    const options = { lossy: lossyOf(work), signal, onProgress: teller(progress) };
    const contents = await contentsOf(chain, store.domains, options);
    await using _closing = { [Symbol.asyncDispose]: async () => contents.close?.() };
    return await doWork(contents);
  });
};

const lossyOf = ({ params }: JobWork): 'nearest' | 'refuse' =>
  params['lossy'] === 'nearest' ? 'nearest' : 'refuse';

function optionsOf(work: JobWork, request: string) {
  const { params } = work;
  const { conflict, only, where, preserveExisting, safetyArchive } = params as {
    conflict?: ConflictPolicy;
    only?: string[];
    where?: string[];
    preserveExisting?: boolean;
    safetyArchive?: boolean;
  };
  const safety = resolve(join(backupFolder(work), `before-restore-${request}.sma`));
  return {
    ...{ policy: conflict ?? 'fail', only, where: where ?? [], request },
    lossy: lossyOf(work),
    preserveExisting: preserveExisting ?? true,
    safety: safetyArchive === false ? undefined : safety,
  };
}
