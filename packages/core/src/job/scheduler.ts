// The loop of a server: one process at a time takes due slots, and runs the jobs that wait.

import { isHoldfastError } from '../errors.ts';
import { now } from '../schema/instant.ts';
import type { Store } from '../store/open-store.ts';
import { jobs } from '../system/tables.ts';
import { interruptStaleJobs, type JobRecord } from './jobs.ts';
import { acquireLease, type Lease, releaseLease, renewLease } from './leases.ts';
import { thisProcess } from './owner.ts';
import { type FinishedJob, type RunJobOptions, runQueuedJob } from './run-job.ts';
import { type SlotOptions, type TakenSlot, takeDueSlots } from './schedules.ts';

export interface SchedulerOptions extends RunJobOptions, Omit<SlotOptions, 'at'> {
  /** @default this process */
  readonly owner?: string;
  /** How long another process waits when this one hangs. @default 60,000 */
  readonly schedulerLeaseMs?: number;
  readonly onEnd?: (finished: FinishedJob) => void;
  /** A job that could not be run, the store's failures among them. */
  readonly onError?: (error: unknown) => void;
}

export interface Turn {
  /** False while another process schedules. */
  readonly owner: boolean;
  readonly interrupted: readonly JobRecord[];
  readonly slots: readonly TakenSlot[];
  /** Ids of the jobs that were started. */
  readonly started: readonly string[];
}

const idle: Turn = { owner: false, interrupted: [], slots: [], started: [] };

/** Looks when it is told to; `serve` tells it every few seconds. */
export class Scheduler {
  readonly #store: Store;
  readonly #options: SchedulerOptions;
  readonly #running = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();
  #lease: Lease | undefined;

  constructor(store: Store, options: SchedulerOptions) {
    this.#store = store;
    this.#options = options;
  }

  /**
   * 1. Takes or renews the lease `scheduler`; another's: nothing else is done.
   * 2. Ends jobs whose process died.
   * 3. Makes jobs of due slots.
   * 4. Starts jobs that wait, those of kinds it knows whose lease is free.
   */
  async turn(): Promise<Turn> {
    const { clock = now } = this.#options;
    if (!(await this.#owns())) return idle;
    const interrupted = await interruptStaleJobs(this.#store, clock());
    const slots = await takeDueSlots(this.#store, { ...this.#options, at: clock() });
    return { owner: true, interrupted, slots, started: await this.#startWaiting() };
  }

  /** Cancels what runs here, waits for it, and lets another process schedule. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.idle();
    if (this.#lease !== undefined) await releaseLease(this.#store, this.#lease);
    this.#lease = undefined;
  }

  /** Whether this job runs here. */
  runs(id: string): boolean {
    return this.#running.has(id);
  }

  /** Resolves when nothing runs here. */
  async idle(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  async #owns(): Promise<boolean> {
    const { owner = thisProcess(), schedulerLeaseMs: durationMs = 60_000, clock = now } = this.#options;
    const held = this.#lease;
    // A commit every few seconds would wear out a card; with two thirds of its time left, a lease is ours.
    if (held !== undefined && held.expiresAt - clock() > (durationMs * 2_000) / 3) return true;
    try {
      this.#lease =
        held === undefined
          ? await acquireLease(this.#store, { name: 'scheduler', owner, durationMs, at: clock() })
          : await renewLease(this.#store, held, durationMs, clock());
      return true;
    } catch (error) {
      if (!isHoldfastError(error) || (error.code !== 'LEASE_HELD' && error.code !== 'LEASE_LOST'))
        throw error;
      this.#lease = undefined;
      return false;
    }
  }

  async #startWaiting(): Promise<string[]> {
    const kind = { in: this.#options.kinds.map((each) => each.kind) };
    const { items } = await this.#store
      .repository(jobs)
      .list({ where: { state: 'queued', kind }, orderBy: [['createdAt', 'asc']], limit: 100 });
    const started: string[] = [];
    for (const { id } of items) if (!this.#running.has(id) && (await this.#start(id))) started.push(id);
    return started;
  }

  /** @returns once it has begun, or was found not to be startable now */
  #start(id: string): Promise<boolean> {
    const { promise: begun, resolve } = Promise.withResolvers<boolean>();
    const { onEnd, onError, onStart, signal } = this.#options;
    const signals = signal === undefined ? [this.#stop.signal] : [this.#stop.signal, signal];
    const running = runQueuedJob(this.#store, id, {
      ...this.#options,
      signal: AbortSignal.any(signals),
      onStart: (started) => {
        onStart?.(started);
        resolve(true);
      },
    })
      .then(
        (finished) => onEnd?.(finished),
        (error: unknown) => {
          // It waits for another one of its kind, or somebody else was first.
          const waits = isHoldfastError(error) && (error.code === 'LEASE_HELD' || error.code === 'JOB_OVER');
          if (!waits) onError?.(error);
        },
      )
      .finally(() => {
        this.#running.delete(id);
        resolve(false);
      });
    this.#running.set(id, running);
    return begun;
  }
}
