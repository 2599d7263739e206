// The end of replacing a database that is served: its server has let go of it, what was built takes its place, and what was
// asked for is told in the database that is served from then on.

import { HoldfastError, isHoldfastError, now, type Store } from '@holdfast/core';
import { changePlaces } from '@holdfast/core/archive';
import type { JobRecord } from '@holdfast/core/job';
import { type Plan, requirePlan, type StoredPlan } from '@holdfast/core/plan';
import { appendAudit, jobs, plans } from '@holdfast/core/system';

export interface Replacement {
  /** What is to take the place of the database. */
  readonly built: string;
  readonly job: JobRecord;
}

/** What a job has built; undefined for every other job. */
export function replacementOf(job: JobRecord): Replacement | undefined {
  if (job.kind !== 'archive-replace' || job.state !== 'done') return undefined;
  const built = (job.result as { readonly built?: string } | null)?.built;
  return built === undefined ? undefined : { built, job };
}

/** What is to be told in the database that is opened next. */
export type Tell = (store: Store) => Promise<void>;

/**
 * Lets the two change places. The store is closed then, whatever the outcome.
 * @returns what tells the outcome in the database that is there now; a change of places that was refused is a failed job
 */
export async function putInPlace(store: Store, { built, job }: Replacement): Promise<Tell> {
  const agreed = await requirePlan(store, String(job.params?.['accept']));
  try {
    const { kept } = await changePlaces(store, built);
    return (there) => tellReplaced(there, job, agreed, kept);
  } catch (error) {
    const failure = isHoldfastError(error)
      ? error
      : new HoldfastError('BUG', error instanceof Error ? error.message : String(error));
    return async (there) => {
      const end = { state: 'failed', result: null, error: failure.toJSON() } as const;
      await there.repository(jobs).updateMany({ id: job.id }, end);
    };
  } finally {
    await store.close();
  }
}

/** The plan and the job were stored in what was put aside. */
async function tellReplaced(store: Store, job: JobRecord, agreed: StoredPlan, kept: string): Promise<void> {
  const { record, plan, consent } = agreed;
  const by = { name: consent?.by ?? 'nobody', via: consent?.via ?? 'api' };
  const result = job.result as { readonly plan: Pick<Plan, 'title'> };
  const { id, kind, params, requestedBy, startedAt, finishedAt } = job;
  const { createdAt: _, updatedAt: __, ...planned } = record;
  await store.transaction(async (transaction) => {
    await transaction
      .repository(plans)
      .upsert({ ...planned, state: 'applied', finishedAt: now(), result: { kept } });
    await transaction.repository(jobs).upsert({
      ...{ id, kind, params, requestedBy, startedAt, finishedAt, state: 'done' },
      result: { ...result, kept, plan: { ...result.plan, wayBack: `holdfast restore ${kept} --replace` } },
    });
    await appendAudit(transaction, by, {
      ...{ action: 'replace', entity: 'database', entityId: record.id },
      details: { kept, hash: plan.hash, title: plan.title },
    });
  });
}
