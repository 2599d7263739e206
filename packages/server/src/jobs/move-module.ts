// The work of a job `move` in a thread of its own: tries it and makes the plan, or does what was agreed to. The plan has the
// id of the job that made it. Once the database has moved, the job ends in it, at its new place: the old one takes no more
// writes.

import { now } from '@holdfast/core';
import type { RunJob } from '@holdfast/core/job';
import { locationOf, moveDraft } from '@holdfast/core/move';
import { applyPlan, makePlan, requirePlan, storePlan } from '@holdfast/core/plan';
import { jobs } from '@holdfast/core/system';
import { moveFrom } from '../cli/move-plan.ts';
import { moveJson } from '../shapes/move.ts';
import { openParam } from '../shapes/sealed.ts';
import { askedBy, openJobStore, placeOf, teller } from './job-store.ts';

export const run: RunJob = async (work) => {
  const startedAt = performance.now();
  const { params, signal, progress, jobId } = work;
  const place = placeOf(work);
  await using store = await openJobStore(work);
  const accept = params['accept'] === undefined ? undefined : String(params['accept']);
  const url = openParam(store, params['to'])!;
  const lossy = params['lossy'] === 'nearest' ? 'nearest' : 'refuse';
  const by = { name: askedBy(work), via: 'api' };
  const dryRun = accept === undefined;
  const draft = dryRun ? await moveDraft(store, { to: await locationOf(url), lossy }) : undefined;
  const plan = draft === undefined ? (await requirePlan(store, accept!)).plan : makePlan(draft);
  const freezeMs = Number(params['freezeMs']);
  const kind = moveFrom(place, { url, lossy, freezeMs, by, onProgress: teller(progress) });
  try {
    const shared = { store, kind, plan: plan as Parameters<typeof kind.revise>[0], actor: by };
    await applyPlan({
      ...{ ...shared, intents: place.intents, signal, dryRun },
      ...(accept === undefined ? {} : { id: accept }),
    });
    const id = accept ?? (await storePlan(store, plan, { id: jobId, requestedBy: by.name }));
    const { title, hash, steps, hazards, wayBack } = plan;
    const told = moveJson(kind.report, shared.plan.subject, { dryRun, startedAt });
    const result = { ...told, plan: { id, hash, title, steps, hazards, wayBack } };
    const there = kind.successor?.();
    const end = { state: 'done', finishedAt: now(), result, error: null } as const;
    await there?.repository(jobs).updateMany({ id: jobId }, end);
    return result;
  } finally {
    await kind.close();
    await kind.successor?.()?.close();
  }
};
