// Runs jobs: under a lease, with their progress stored as they go, told when they are to stop, ended in every case.

import { HoldfastError, isHoldfastError } from '../errors.ts';
import type { Instant } from '../schema/instant.ts';
import type { Store } from '../store/open-store.ts';
import { jobs } from '../system/tables.ts';
import { type HeldLease, holdLease } from './held-lease.ts';
import {
  createJob,
  finishJob,
  type JobEnd,
  type JobRecord,
  type NewJob,
  newJobId,
  requireJob,
  startJob,
} from './jobs.ts';
import { type JobKind, type JobWork, leaseOf, requireKind } from './kinds.ts';
import type { Lease } from './leases.ts';
import { isCancellation, plainError, toHoldfastError } from './module-messages.ts';
import { type Listeners, Reporter } from './reporter.ts';
import { runModule } from './run-module.ts';

export interface RunJobOptions extends Listeners {
  readonly kinds: readonly JobKind[];
  /** Handed to the job, and never stored. */
  readonly given?: unknown;
  /** Cancels the job. */
  readonly signal?: AbortSignal | undefined;
  readonly onStart?: ((id: string) => void) | undefined;
  /** How often progress and log lines are stored and a cancellation is looked for. @default 1,000 */
  readonly pulseMs?: number;
  /** How long a job in a thread or process has to stop when it is cancelled. @default 5,000 */
  readonly graceMs?: number;
  /** How long its lease outlives a process that hangs. @default 60,000 */
  readonly leaseMs?: number;
  readonly clock?: () => Instant;
}

export interface FinishedJob {
  readonly job: JobRecord;
  readonly end: JobEnd;
}

/**
 * Makes a job and runs it to its end.
 * 1. Takes the lease of its kind. Held by another: LEASE_HELD, and nothing is stored.
 * 2. Stores the job, and starts it. Killed from here on, the next `interruptStaleJobs` ends it as interrupted.
 * 3. Runs it; stores progress and log lines about once a second, and looks for a cancellation.
 * 4. Stores the rest together with its end: done, failed with code and hint, or cancelled.
 * A job that fails is an end, not an exception.
 * @throws JOB_KIND_UNKNOWN, LEASE_HELD, LEASE_LOST when it was found dead meanwhile, and the errors of the store
 */
export async function runJob(store: Store, job: NewJob, options: RunJobOptions): Promise<FinishedJob> {
  const kind = requireKind(options.kinds, job.kind);
  const id = job.id ?? newJobId();
  const begin = (lease: Lease): Promise<boolean> =>
    store.transaction(async (transaction) => {
      await createJob(transaction, { ...job, id });
      return startJob(transaction, id, lease);
    });
  return underLease(store, kind, { id, params: job.params ?? {} }, begin, options);
}

/**
 * Runs a job that waits. As `runJob` without its second step's first half.
 * @throws JOB_NOT_FOUND, JOB_OVER when it was cancelled or another process was first, and what `runJob` throws
 */
export async function runQueuedJob(store: Store, id: string, options: RunJobOptions): Promise<FinishedJob> {
  const { kind: name, params } = await requireJob(store, id);
  const kind = requireKind(options.kinds, name);
  return underLease(
    store,
    kind,
    { id, params: params ?? {} },
    (lease) => startJob(store, id, lease),
    options,
  );
}

interface Started {
  readonly id: string;
  readonly params: Readonly<Record<string, unknown>>;
}

async function underLease(
  store: Store,
  kind: JobKind,
  { id, params }: Started,
  begin: (lease: Lease) => Promise<boolean>,
  options: RunJobOptions,
): Promise<FinishedJob> {
  const { leaseMs: durationMs, clock } = options;
  const held = await holdLease(store, {
    ...leaseOf(kind, id, params),
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(clock === undefined ? {} : { clock }),
  });
  try {
    if (!(await begin(held.lease))) throw new HoldfastError('JOB_OVER', `the job ${id} no longer waits`);
    options.onStart?.(id);
    const end = await work(store, kind, { id, params }, held, options);
    return { job: await requireJob(store, id), end };
  } finally {
    await held.release();
  }
}

async function work(
  store: Store,
  kind: JobKind,
  { id, params }: Started,
  { lease, lost }: HeldLease,
  options: RunJobOptions,
): Promise<JobEnd> {
  const { given, graceMs = 5_000, pulseMs = 1_000 } = options;
  const reporter = new Reporter(options, options.clock);
  const stop = new AbortController();
  const signals = [stop.signal, lost, ...(options.signal === undefined ? [] : [options.signal])];
  const signal = AbortSignal.any(signals);
  const { progress, log } = reporter;
  const tools: JobWork = { jobId: id, params, given, signal, progress, log };

  const pulse = async (): Promise<void> => {
    const job = await store.repository(jobs).get({ id });
    if (job?.state !== 'running' || job.leaseToken !== lease.token) return stop.abort(lostJob(id));
    if (job.cancelRequestedAt !== null && !stop.signal.aborted) stop.abort(cancelled());
    if (!reporter.hasNews) return;
    const stored = await store.transaction((transaction) => reporter.store(transaction, id, lease));
    stored();
  };
  // A store that does not answer now may at the next pulse; the last one, with the end, must.
  const pulsing = repeat(() => pulse().catch(() => undefined), pulseMs);
  let end: JobEnd;
  try {
    const result =
      kind.runner === 'in-place'
        ? await kind.run({ ...tools, store })
        : await runModule(kind, tools, graceMs);
    end = { state: 'done', result };
  } catch (error) {
    end = endOf(error, signal);
    if (end.state === 'failed') log('error', `${end.error.code}: ${end.error.message}`);
  }
  await pulsing.stop();

  const finish = (last: JobEnd): Promise<boolean> =>
    store.transaction(async (transaction) => {
      await reporter.store(transaction, id, lease);
      return finishJob(transaction, id, lease, last);
    });
  let stored: boolean;
  try {
    stored = await finish(end);
  } catch (error) {
    // A result that no column holds is a failure of the job, and must not leave it running.
    if (end.state !== 'done' || !isHoldfastError(error) || error.code !== 'RECORD_INVALID') throw error;
    end = { state: 'failed', error };
    stored = await finish(end);
  }
  if (!stored) throw lostJob(id);
  return end;
}

const lostJob = (id: string): HoldfastError =>
  new HoldfastError('LEASE_LOST', `the job ${id} is no longer this process's: it was found dead or removed`);

const cancelled = (): HoldfastError => new HoldfastError('CANCELLED', 'the job was cancelled');

function endOf(error: unknown, signal: AbortSignal): JobEnd {
  if (isCancellation(error, signal)) return { state: 'cancelled' };
  if (isHoldfastError(error)) return { state: 'failed', error };
  return { state: 'failed', error: toHoldfastError(plainError(error)) };
}

/** Calls again and again, never two at once. */
function repeat(call: () => Promise<void>, everyMs: number): { stop(): Promise<void> } {
  let current: Promise<void> = Promise.resolve();
  let running = false;
  const timer = setInterval(() => {
    if (running) return;
    running = true;
    current = call().finally(() => {
      running = false;
    });
  }, everyMs);
  return {
    stop() {
      clearInterval(timer);
      return current;
    },
  };
}
