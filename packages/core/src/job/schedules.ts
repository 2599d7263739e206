// Schedules: jobs on cron expressions; each slot makes one job, however many processes look.

import { HoldfastError } from '../errors.ts';
import { type Instant, now } from '../schema/instant.ts';
import type { Row } from '../schema/table.ts';
import type { Store } from '../store/open-store.ts';
import type { Repositories } from '../store/repository.ts';
import { jobs, schedules } from '../system/tables.ts';
import { nextSlot, slotsBetween } from './cron.ts';
import { createJob } from './jobs.ts';
import { appendJobLog, logLine } from './logs.ts';

export type ScheduleRecord = Row<typeof schedules>;

export interface NewSchedule {
  readonly name: string;
  readonly kind: string;
  readonly params?: Record<string, unknown>;
  readonly cron: string;
  /** @default UTC */
  readonly timeZone?: string;
  /** @default true */
  readonly enabled?: boolean;
  /** A run starts up to so much later than its slot. @default 0 */
  readonly jitterMs?: number;
}

export interface SlotOptions {
  readonly at?: Instant;
  /** 0 to 1, for the jitter. */
  readonly random?: () => number;
  /** A slot that is later than this was missed: it is caught up once, after its jitter. @default 60,000 */
  readonly missedAfterMs?: number;
}

/** Stores a schedule, new or changed, and computes its next run. @throws SETTING_INVALID */
export async function putSchedule(
  repositories: Repositories,
  schedule: NewSchedule,
  { at = now(), random = Math.random }: SlotOptions = {},
): Promise<void> {
  const { timeZone = 'UTC', enabled = true, jitterMs = 0, params = null } = schedule;
  const slotAt = nextSlot({ cron: schedule.cron, timeZone }, at);
  const next = enabled ? startOf(slotAt, jitterMs, random) : null;
  await repositories
    .repository(schedules)
    .upsert({ ...schedule, timeZone, enabled, jitterMs, params, slotAt, nextRunAt: next });
}

/** All of them, by name. */
export async function listSchedules(repositories: Repositories): Promise<ScheduleRecord[]> {
  const all: ScheduleRecord[] = [];
  for await (const rows of repositories.repository(schedules).stream({ orderBy: [['name', 'asc']] }))
    all.push(...rows);
  return all;
}

/** @throws SCHEDULE_NOT_FOUND */
export async function requireSchedule(repositories: Repositories, name: string): Promise<ScheduleRecord> {
  const found = await repositories.repository(schedules).get({ name });
  if (found !== undefined) return found;
  const names = (await listSchedules(repositories)).map((schedule) => schedule.name);
  throw new HoldfastError('SCHEDULE_NOT_FOUND', `there is no schedule ${name}`, {
    hint: names.length === 0 ? 'There are none yet' : `There are ${names.join(', ')}`,
  });
}

/** @returns false when there was none. Its jobs stay. */
export const removeSchedule = (repositories: Repositories, name: string): Promise<boolean> =>
  repositories.repository(schedules).delete({ name });

/** Makes a job of it outside its turn; the next run stays. @returns the job's id. @throws SCHEDULE_NOT_FOUND */
export const runScheduleNow = (store: Store, name: string, at: Instant = now()): Promise<string> =>
  store.transaction(async (transaction) => jobOf(transaction, await requireSchedule(transaction, name), at));

export interface TakenSlot {
  readonly schedule: string;
  /** Of the job that waits now; undefined where the one before has not ended yet. */
  readonly jobId: string | undefined;
  /** Slots that had passed before this one, and are caught up with it. */
  readonly missed: number;
}

/**
 * Makes a job of every slot that is due, in a transaction each: of several processes that see it, one does.
 * A slot while the schedule's last job has not ended is left out. Slots that were missed are caught up by one run.
 */
export async function takeDueSlots(store: Store, options: SlotOptions = {}): Promise<TakenSlot[]> {
  const { at = now() } = options;
  const taken: TakenSlot[] = [];
  for (const { name, enabled, nextRunAt } of await listSchedules(store)) {
    if (!enabled || nextRunAt === null || nextRunAt > at) continue;
    const slot = await store.transaction((transaction) => takeSlot(transaction, name, at, options));
    if (slot !== undefined) taken.push(slot);
  }
  return taken;
}

async function takeSlot(
  repositories: Repositories,
  name: string,
  at: Instant,
  { random = Math.random, missedAfterMs = 60_000 }: SlotOptions,
): Promise<TakenSlot | undefined> {
  const repository = repositories.repository(schedules);
  const schedule = await repository.get({ name });
  if (!schedule?.enabled || schedule.nextRunAt === null || schedule.nextRunAt > at) return undefined;
  const { slotAt, nextRunAt, jitterMs } = schedule;
  const due = slotAt ?? nextRunAt;
  // A run that was put off already starts now; the others of a long sleep would all start with it.
  const putOff = slotAt !== null && nextRunAt > slotAt + jitterMs * 1000;
  if (!putOff && jitterMs > 0 && at - nextRunAt > missedAfterMs * 1000) {
    const later = Math.max(at + jitter(jitterMs, random), due + jitterMs * 1000 + 1);
    await repository.update({ name }, { nextRunAt: later });
    if (later > at) return undefined;
  }
  const missed = slotsBetween(schedule, due, at);
  const next = nextSlot(schedule, Math.max(at, due));
  await repository.update({ name }, { slotAt: next, nextRunAt: startOf(next, jitterMs, random) });
  const last =
    schedule.lastJobId === null
      ? undefined
      : await repositories.repository(jobs).get({ id: schedule.lastJobId });
  if (last?.state === 'queued' || last?.state === 'running')
    return { schedule: name, jobId: undefined, missed };
  const jobId = await jobOf(repositories, schedule, at);
  if (missed > 0) {
    const line = logLine(
      'warn',
      `catches up: ${missed} more runs of ${name} were due and nobody ran them`,
      at,
    );
    await appendJobLog(repositories, jobId, [line]);
  }
  return { schedule: name, jobId, missed };
}

async function jobOf(
  repositories: Repositories,
  { name, kind, params }: ScheduleRecord,
  at: Instant,
): Promise<string> {
  const requestedBy = `schedule/${name}`;
  const jobId = await createJob(repositories, { kind, requestedBy, ...(params === null ? {} : { params }) });
  await repositories.repository(schedules).update({ name }, { lastRunAt: at, lastJobId: jobId });
  return jobId;
}

/** Microseconds. */
const jitter = (jitterMs: number, random: () => number): number => Math.floor(random() * jitterMs) * 1000;

const startOf = (slot: Instant | null, jitterMs: number, random: () => number): Instant | null =>
  slot === null ? null : slot + jitter(jitterMs, random);
