// The end of replacing a database that is served: its server has let go of it, what was built takes its place, and what was
// asked for is told in the database that is served from then on.

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HoldfastError, isHoldfastError, now, type Store, type Transaction } from '@holdfast/core';
import { changePlaces } from '@holdfast/core/archive';
import { isGone, type JobRecord, thisProcess } from '@holdfast/core/job';
import { type Plan, type PlanRecord, requirePlan } from '@holdfast/core/plan';
import { appendAudit, jobs, plans } from '@holdfast/core/system';
import { replacingFile } from './replacing-file.ts';

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
 * 1. Writes what is to be told to the data folder. Killed from here on, `tellReplaced` tells how it ended.
 * 2. Lets the two change places: before or after, wherever it is killed.
 * @param folder the data folder
 * @returns what tells in the database that a change of places was refused; undefined: `tellReplaced` has it to tell
 */
export async function putInPlace(
  store: Store,
  { built, job }: Replacement,
  folder: string,
): Promise<Tell | undefined> {
  const agreed = await requirePlan(store, String(job.params?.['accept']));
  const database = store.engine.location;
  try {
    const onKept = (kept: string): void =>
      writeReplacing(folder, { owner: thisProcess(), database, kept, job, plan: agreed.record });
    await changePlaces(store, built, { onKept });
    return undefined;
  } catch (error) {
    rmSync(join(folder, replacingFile), { force: true });
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

/** What two that change places leave in the data folder until it is told. */
interface Replacing {
  /** Who lets them, as `thisProcess()`. */
  readonly owner: string;
  readonly database: string;
  readonly kept: string;
  /** Both are stored in what is put aside. */
  readonly job: JobRecord;
  readonly plan: PlanRecord;
}

function writeReplacing(folder: string, replacing: Replacing): void {
  const path = join(folder, replacingFile);
  writeFileSync(`${path}.new`, JSON.stringify(replacing), { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}

function readReplacing(folder: string): Replacing | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, replacingFile), 'utf8')) as Replacing;
  } catch {
    // Told by another process meanwhile.
    return undefined;
  }
}

/**
 * Tells in the database that is there how a change of places has ended that this process has made, or one that is gone.
 * @returns a line for whoever starts what was broken off
 */
export async function tellReplaced(store: Store, folder: string): Promise<string | undefined> {
  const replacing = readReplacing(folder);
  if (replacing === undefined || replacing.database !== store.engine.location) return undefined;
  const { owner, kept, job, plan } = replacing;
  const own = owner === thisProcess();
  if (!own && !isGone(owner)) return undefined;
  const before = await store.transaction(async (transaction) => {
    // In what took the place of the other, nobody knows of them yet.
    const known = await transaction.repository(jobs).get({ id: job.id });
    if (known !== undefined) return !isTold(known);
    await enter(transaction, replacing);
    return false;
  });
  if (before) await endBrokenOff(store);
  rmSync(join(folder, replacingFile), { force: true });
  if (own) return undefined;
  const what = before
    ? 'before: nothing of it is left'
    : `after: holdfast restore ${kept} --replace puts it back`;
  return `broken off: ${plan.title}: ${what}`;
}

async function enter(transaction: Transaction, { kept, job, plan }: Replacing): Promise<void> {
  const by = { name: plan.consentedBy ?? 'nobody', via: plan.consentedVia ?? 'api' };
  const result = job.result as { readonly plan: Pick<Plan, 'title'> };
  const { id, kind, params, requestedBy, startedAt, finishedAt } = job;
  const { createdAt: _, updatedAt: __, ...planned } = plan;
  await transaction
    .repository(plans)
    .upsert({ ...planned, state: 'applied', finishedAt: now(), result: { kept } });
  await transaction.repository(jobs).upsert({
    ...{ id, kind, params, requestedBy, startedAt, finishedAt, state: 'done' },
    result: { ...result, kept, plan: { ...result.plan, wayBack: `holdfast restore ${kept} --replace` } },
  });
  await appendAudit(transaction, by, {
    ...{ action: 'replace', entity: 'database', entityId: plan.id },
    details: { kept, hash: plan.hash, title: plan.title },
  });
}

const isTold = ({ result }: JobRecord): boolean =>
  (result as { readonly kept?: string } | null)?.kept !== undefined;

/** Jobs whose server ended after they had built, and before the two had changed places, are not done. */
export async function endBrokenOff(store: Store): Promise<void> {
  const where = { kind: 'archive-replace', state: 'done' } as const;
  const { items } = await store.repository(jobs).list({ where, orderBy: [['createdAt', 'desc']], limit: 10 });
  const error = new HoldfastError(
    'JOB_INTERRUPTED',
    'the server ended before the two had changed places: nothing was replaced',
    { hint: 'Repeat the restore' },
  );
  for (const job of items)
    if (replacementOf(job) !== undefined && !isTold(job))
      await store
        .repository(jobs)
        .updateMany({ id: job.id }, { state: 'interrupted', result: null, error: error.toJSON() });
}
