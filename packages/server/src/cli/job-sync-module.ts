// The work of a job `sync` in a thread of its own: a server goes on answering while thousands of records are compared.

import type { Store } from '@holdfast/core';
import type { RunJob } from '@holdfast/core/job';
import { requirePlan } from '@holdfast/core/plan';
import { type AcceptedPlan, requireSweepPlan, sweep } from '@holdfast/core/sync';
import { openJobStore, placeOf } from '../jobs/job-store.ts';
import { collectors } from './domains.ts';
import { chosenSources, sweepJson } from './sync.ts';

/** A plan of an earlier sweep that somebody agreed to, by its id. @throws PLAN_NOT_FOUND, PLAN_KIND_UNKNOWN */
async function acceptedPlan(
  store: Store,
  id: string | undefined,
  intents: string,
): Promise<AcceptedPlan | undefined> {
  if (id === undefined) return undefined;
  const { plan, consent } = await requirePlan(store, id);
  const actor = { name: consent?.by ?? 'nobody', via: consent?.via ?? 'api' };
  return { id, plan: requireSweepPlan(plan), consent, actor, intents };
}

export const run: RunJob = async (work) => {
  const { params, signal, progress, log } = work;
  await using store = await openJobStore(work);
  const sources = await chosenSources(store, (params['sources'] ?? []) as string[]);
  const accept = await acceptedPlan(store, params['accept'] as string | undefined, placeOf(work).intents);
  let current: string | undefined;
  const result = await sweep(store, sources, collectors, {
    signal,
    accept,
    onProgress({ source, done, total }) {
      progress({ ...(source === current ? {} : { phase: source }), done, total });
      current = source;
    },
    onScope(source, { scope, complete, error }) {
      if (!complete) log('warn', `${source}: ${scope} is incomplete: ${error?.message ?? 'no reason given'}`);
    },
  });
  return sweepJson(result);
};
