// A replacement that the running server brings to its end: built by a command that it does for somebody, who is told by
// the database that is there afterwards.

import { setTimeout as wait } from 'node:timers/promises';
import { HoldfastError, type Store } from '@holdfast/core';
import { isGone, type NewJob, type PlainError, runJob, toHoldfastError } from '@holdfast/core/job';
import { consentToPlan, type Plan, storePlan } from '@holdfast/core/plan';
import { jobs } from '@holdfast/core/system';
import { type ReplaceSubject, replaceTold } from '../backups/replace-plan.ts';
import { readServed, type Served } from '../local/served-file.ts';
import type { Invocation } from './invocation.ts';
import { jobFailure } from './job-failure.ts';
import { type ReplaceTold, replaceText } from './replace-text.ts';

/** What is told of it, and the name under which it waits beside the database. */
export interface Built {
  readonly built: string;
  readonly [told: string]: unknown;
}

/**
 * Stores the plan with the consent that was given, and builds as a job, as the API has it done.
 * @returns the job, which the server ends
 */
export async function handToServer(
  { user, signal }: Invocation,
  store: Store,
  plan: Plan<ReplaceSubject>,
  build: () => Promise<Built>,
): Promise<string> {
  const accept = await store.transaction(async (transaction) => {
    const id = await storePlan(transaction, plan, { requestedBy: user });
    await consentToPlan(transaction, id, plan.hash, { by: user, via: 'cli' });
    return id;
  });
  const run = async () => ({ ...(await build()), plan: { id: accept, ...replaceTold(plan, undefined) } });
  const kind = { kind: 'archive-replace', runner: 'in-place', lease: 'replace', run } as const;
  const wanted: NewJob = { kind: kind.kind, params: { accept, by: user }, requestedBy: user };
  const { job, end } = await runJob(store, wanted, { kinds: [kind], signal });
  if (end.state !== 'done') throw jobFailure(job.id, end);
  return job.id;
}

const lookMs = 100;

/** For whoever typed it: waits for the server to go on, or to end, and tells what became of the job. */
export async function tellHandedOver(invocation: Invocation, served: Served, id: string): Promise<void> {
  const { folder } = invocation.place({ create: false });
  while (!isGone(served.owner)) {
    const there = readServed(folder);
    // A server that goes on has another token.
    if (there !== undefined && there.token !== served.token) break;
    await wait(lookMs, undefined, { signal: invocation.signal }).catch(() => {
      throw new HoldfastError('CANCELLED', `the server goes on with it: holdfast job show ${id} tells`);
    });
  }
  await invocation.withStore({ create: false }, async (store) => {
    const job = await store.repository(jobs).get({ id });
    const result = job?.result as (ReplaceTold & { built: string; kept?: string }) | null | undefined;
    if (job?.state === 'failed')
      throw jobFailure(id, { state: 'failed', error: toHoldfastError(job.error as unknown as PlainError) });
    if (result?.kept === undefined)
      throw new HoldfastError('JOB_INTERRUPTED', 'the server ended before the two had changed places', {
        hint: 'holdfast doctor, then repeat the command',
        details: { job: id },
      });
    const { built: _, ...told } = result;
    invocation.print(told, () => replaceText(told));
  });
}
