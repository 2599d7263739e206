// Jobs: long work that outlives its caller, with phases, progress, a way to cancel it, and an honest end
// when its process dies.

import { HoldfastError } from '../errors.ts';
import { type Instant, now } from '../schema/instant.ts';
import type { Row } from '../schema/table.ts';
import { uuid7 } from '../schema/uuid7.ts';
import type { Store } from '../store/open-store.ts';
import type { Repositories } from '../store/repository.ts';
import { jobs, leases } from '../system/tables.ts';
import { isHeld, type Lease } from './leases.ts';

export type JobRecord = Row<typeof jobs>;

export interface NewJob {
  /** @default a new one */
  readonly id?: string;
  readonly kind: string;
  readonly params?: Record<string, unknown>;
  readonly requestedBy?: string;
}

export const newJobId = (): string => uuid7(now() / 1000);

/** @throws JOB_NOT_FOUND */
export async function requireJob(repositories: Repositories, id: string): Promise<JobRecord> {
  // What is no id at all is none of a job either.
  const found = isUuid.test(id) ? await repositories.repository(jobs).get({ id }) : undefined;
  if (found === undefined) throw new HoldfastError('JOB_NOT_FOUND', `there is no job ${id}`);
  return found;
}

const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @returns the id */
export async function createJob(
  repositories: Repositories,
  { id = newJobId(), kind, params, requestedBy }: NewJob,
): Promise<string> {
  await repositories
    .repository(jobs)
    .insert({ id, kind, params: params ?? null, requestedBy: requestedBy ?? null });
  return id;
}

/** Starts a queued job under a lease. @returns false when another process was first, or it was cancelled */
export const startJob = async (repositories: Repositories, id: string, lease: Lease): Promise<boolean> =>
  (await repositories
    .repository(jobs)
    .updateMany(
      { id, state: 'queued' },
      { state: 'running', lease: lease.name, leaseToken: lease.token, startedAt: now() },
    )) > 0;

export interface JobProgress {
  /** Given only when the next phase begins. */
  readonly phase?: string;
  readonly done?: number;
  readonly total?: number;
  readonly message?: string;
}

/** Tells how far a job is. @returns false when it is to stop: cancelled, or no longer this lease's */
export async function reportProgress(
  repositories: Repositories,
  id: string,
  lease: Lease,
  progress: JobProgress,
): Promise<boolean> {
  const repository = repositories.repository(jobs);
  const job = await repository.get({ id });
  if (job?.state !== 'running' || job.leaseToken !== lease.token) return false;
  await repository.update({ id }, progress);
  return job.cancelRequestedAt === null;
}

/** How a job ends under the hands of its process. */
export type JobEnd =
  | { readonly state: 'done'; readonly result?: unknown }
  | { readonly state: 'failed'; readonly error: HoldfastError }
  | { readonly state: 'cancelled' };

/** @returns false when the job is no longer this lease's: somebody found its process dead */
export const finishJob = async (
  repositories: Repositories,
  id: string,
  lease: Lease,
  end: JobEnd,
): Promise<boolean> =>
  (await repositories.repository(jobs).updateMany(
    { id, state: 'running', leaseToken: lease.token },
    {
      state: end.state,
      finishedAt: now(),
      result: end.state === 'done' ? (end.result ?? null) : null,
      error: end.state === 'failed' ? end.error.toJSON() : null,
    },
  )) > 0;

/** A queued job is cancelled at once, a running one is asked to stop. @returns false when it was over */
export const cancelJob = (store: Store, id: string, at: Instant = now()): Promise<boolean> =>
  store.transaction(async (transaction) => {
    const repository = transaction.repository(jobs);
    const queued = await repository.updateMany(
      { id, state: 'queued' },
      { state: 'cancelled', cancelRequestedAt: at, finishedAt: at },
    );
    const running = await repository.updateMany({ id, state: 'running' }, { cancelRequestedAt: at });
    return queued + running > 0;
  });

/**
 * Ends the jobs whose process died: running, but their lease is free, has run out, or belongs to a later owner.
 * @returns the jobs as they were
 */
export const interruptStaleJobs = (store: Store, at: Instant = now()): Promise<JobRecord[]> =>
  store.transaction(async (transaction) => {
    const repository = transaction.repository(jobs);
    const running: JobRecord[] = [];
    for await (const rows of repository.stream({ where: { state: 'running' } })) running.push(...rows);
    const interrupted: JobRecord[] = [];
    for (const job of running) {
      const lease = await transaction.repository(leases).get({ name: job.lease! });
      if (lease?.token === job.leaseToken && isHeld(lease, at)) continue;
      const error = new HoldfastError('JOB_INTERRUPTED', `the process of this ${job.kind} ended before it`);
      const changed = await repository.updateMany(
        { id: job.id, state: 'running' },
        { state: 'interrupted', finishedAt: at, error: error.toJSON() },
      );
      if (changed > 0) interrupted.push(job);
    }
    return interrupted;
  });

/** Deletes jobs that ended before an instant, with their lines. @returns jobs deleted */
export const pruneJobs = (repositories: Repositories, before: Instant): Promise<number> =>
  repositories.repository(jobs).deleteMany({ finishedAt: { lt: before } });
