// What a server does by itself: schedules of domains and of its own, jobs that wait, capture watched, old things dropped.

import { isHoldfastError, now, type Store } from '@holdfast/core';
import { watchCapture } from '@holdfast/core/history';
import { createJob, type JobRecord, putSchedule, Scheduler } from '@holdfast/core/job';
import { movedAway } from '@holdfast/core/move';
import { expirePlans } from '@holdfast/core/plan';
import {
  answeredRequests,
  getSetting,
  jobs,
  listConnections,
  pruneTokens,
  type Setting,
  setSetting,
  signInTries,
} from '@holdfast/core/system';
import { z } from 'zod';
import { domains } from '../cli/domains.ts';
import type { Place } from '../cli/invocation.ts';
import { offeredKinds } from '../cli/job-kinds.ts';

const turnMs = 2_000;
const schedulesMs = 60_000;
const captureMs = 300_000;
/** Whoever moves the database seals it first: until this is noticed, writes are refused. */
const movedMs = 2_000;
const pruneMs = 3_600_000;

/** Schedules that were made once: one that somebody removed stays removed. */
const madeSchedules: Setting<string[]> = {
  name: 'server.schedules',
  schema: z.array(z.string()),
  default: [],
};

const usual = [
  { name: 'sync', kind: 'sync', cron: '*/5 * * * *', jitterMs: 10_000 },
  { name: 'compact', kind: 'compact', cron: '17 * * * *' },
  { name: 'prune', kind: 'prune', cron: '23 3 * * *' },
] as const;

/** Sweeps begin once there is something to read. */
async function makeSchedules(store: Store): Promise<void> {
  const made = await getSetting(store, madeSchedules);
  const anySource = (await listConnections(store)).length > 0;
  const missing = usual.filter(({ name, kind }) => !made.includes(name) && (kind !== 'sync' || anySource));
  if (missing.length === 0) return;
  for (const schedule of missing) await putSchedule(store, schedule);
  const names = [...made, ...missing.map(({ name }) => name)];
  await setSetting(store, madeSchedules, names, { name: 'server', via: 'serve' });
}

/** How often one is begun anew: work that kills its server does so each time. */
const mostRestarts = 3;

/**
 * What a server was asked for, and died of or before, is begun again, as a job of its own. What somebody ran at a
 * prompt is not: whoever waited for it knows.
 */
async function restart(
  store: Store,
  { id, kind, params, requestedBy, cancelRequestedAt }: JobRecord,
): Promise<boolean> {
  const asked = typeof params?.['restarts'] === 'number' || requestedBy?.startsWith('schedule/') === true;
  const before = Number(params?.['restarts'] ?? 0);
  const offered = offeredKinds.find((each) => each.kind.kind === kind);
  if (!asked || cancelRequestedAt !== null || before >= mostRestarts || offered?.restarts === false)
    return false;
  const again = { ...params, restarts: before + 1, restartOf: id };
  await createJob(store, { kind, params: again, ...(requestedBy === null ? {} : { requestedBy }) });
  return true;
}

interface Told {
  readonly onError: (error: unknown, doing: string) => void;
  /** Something may have happened that others want to hear of. */
  readonly onNews: () => void;
  /** The database takes no more writes: it is elsewhere. */
  readonly onMoved: (to: string) => void;
  /** Whether work is done here that the new place needs. */
  readonly isBusy: () => boolean;
  /** A job has ended here. */
  readonly onJob: (job: JobRecord) => void;
}

export class Maintenance {
  readonly #store: Store;
  readonly #told: Told;
  readonly #scheduler: Scheduler;
  readonly #timers: NodeJS.Timeout[] = [];
  #turning: Promise<void> | undefined;
  #again = false;
  #last: number | undefined;
  #closed = false;
  #sealed = false;

  constructor(store: Store, place: Place, told: Told) {
    this.#store = store;
    this.#told = told;
    this.#scheduler = new Scheduler(store, {
      kinds: offeredKinds.map(({ kind }) => kind),
      given: place,
      onStart: () => told.onNews(),
      onEnd: ({ job }) => {
        told.onNews();
        told.onJob(job);
        // What waited for its lease can begin.
        this.wake();
      },
      onError: (error) => {
        // A job that moves the database ends at its new place.
        if (!isHoldfastError(error) || error.code !== 'DATABASE_MOVED') told.onError(error, 'a job');
      },
    });
  }

  get lastTurn(): number | undefined {
    return this.#last;
  }

  async start(): Promise<void> {
    await this.#try('schedules', () => this.#schedules());
    this.wake();
    const every = (ms: number, doing: string, work: () => Promise<unknown>): void => {
      this.#timers.push(setInterval(() => void this.#try(doing, work), ms).unref());
    };
    this.#timers.push(setInterval(() => this.wake(), turnMs));
    every(movedMs, 'the place of the database', async () => {
      const to = await movedAway(this.#store);
      // Whoever moves it is still at it when this is seen for the first time; a job or a command of this
      // server, until it has ended.
      const goes = to !== undefined && this.#sealed && !this.#told.isBusy() && !(await this.#moves());
      if (goes) this.#told.onMoved(to);
      this.#sealed = to !== undefined;
    });
    every(schedulesMs, 'schedules', () => this.#schedules());
    every(captureMs, 'the watch over capture', () => watchCapture(this.#store));
    every(pruneMs, 'pruning', async () => {
      await pruneTokens(this.#store);
      await expirePlans(this.#store);
      for (const table of [answeredRequests, signInTries])
        await this.#store.repository(table).deleteMany({ expiresAt: { lte: now() } });
    });
  }

  /** Looks for work now. */
  wake(): void {
    if (this.#closed) return;
    if (this.#turning !== undefined) {
      this.#again = true;
      return;
    }
    this.#turning = this.#try('the scheduler', () => this.#turn()).finally(() => {
      this.#turning = undefined;
      if (this.#again) {
        this.#again = false;
        this.wake();
      }
    });
  }

  async #turn(): Promise<void> {
    const { interrupted } = await this.#scheduler.turn();
    for (const job of interrupted) if (await restart(this.#store, job)) this.#again = true;
    this.#last = performance.now();
  }

  /** Whether a job that runs here is at moving the database. */
  async #moves(): Promise<boolean> {
    const { items } = await this.#store
      .repository(jobs)
      .list({ where: { state: 'running', kind: 'move' }, limit: 100 });
    return items.some(({ id }) => this.#scheduler.runs(id));
  }

  async #schedules(): Promise<void> {
    for (const domain of domains) await domain.schedules?.(this.#store);
    await makeSchedules(this.#store);
  }

  async #try(doing: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#told.onError(error, doing);
    }
  }

  /** Cancels what runs here, and lets another server go on. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers) clearInterval(timer);
    await this.#turning;
    await this.#scheduler.close();
  }
}
