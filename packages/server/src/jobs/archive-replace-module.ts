// The work of a job `archive-replace` in a thread of its own: tries to replace everything that lives, and makes the plan; or
// builds what was agreed to beside the database. The server that runs the job lets the two change places afterwards, since
// nobody may have the database open then.

import { HoldfastError, parseInstant } from '@holdfast/core';
import { buildReplacement, replaceStore } from '@holdfast/core/archive';
import type { RunJob } from '@holdfast/core/job';
import { requirePlan, storePlan } from '@holdfast/core/plan';
import { planByArchive, planByKept, type ReplaceSubject, replaceTold } from '../backups/replace-plan.ts';
import { withChain } from '../cli/archive-chain.ts';
import { askedBy, invocationOf, keysToOpen, openJobStore, placeOf, teller } from './job-store.ts';

export const run: RunJob = async (work) => {
  const { params, signal, progress, jobId } = work;
  await using store = await openJobStore(work);
  const lossy = params['lossy'] === 'nearest' ? 'nearest' : 'refuse';
  const requestedBy = askedBy(work);
  const agreed =
    params['accept'] === undefined ? undefined : await requirePlan(store, String(params['accept']));
  const archive = String(params['archive']);
  if (params['kept'] === true) {
    const plan = agreed?.plan ?? (await planByKept(store, archive));
    const id = agreed?.id ?? (await storePlan(store, plan, { id: jobId, requestedBy }));
    const nothing = { success: true, tables: [], recordsRestored: 0, errors: [], warnings: [] };
    const told = { ...nothing, dryRun: agreed === undefined, plan: { id, ...replaceTold(plan, undefined) } };
    return agreed === undefined ? told : { ...told, built: archive };
  }
  const keys = await keysToOpen(work, store);
  const at = params['at'] === undefined ? undefined : parseInstant(String(params['at']));
  return await withChain(invocationOf(work), archive, { keys, at, checked: { signal } }, async (chain) => {
    const { header, root = '' } = chain.at(-1)!;
    const given = {
      ...({ keyFile: placeOf(work).keyFile, lossy, signal, onProgress: teller(progress) } as const),
      by: { name: requestedBy, via: 'api' },
    };
    const of = { archive: header.id, at: header.createdAt };
    if (agreed === undefined) {
      const plan = await planByArchive(store, chain, lossy);
      const result = await replaceStore(store, chain, { ...given, dryRun: true });
      const id = await storePlan(store, plan, { id: jobId, requestedBy });
      return { ...result, ...of, plan: { id, ...replaceTold(plan, undefined) } };
    }
    const { id, plan } = agreed;
    if ((plan.subject as ReplaceSubject & { root?: string }).root !== root)
      throw new HoldfastError('PLAN_STALE', `this is another archive than the one shown: ${plan.title}`);
    const { name, remove: _, ...result } = await buildReplacement(store, chain, given);
    return { ...result, ...of, plan: { id, ...replaceTold(plan, undefined) }, built: name };
  });
};
