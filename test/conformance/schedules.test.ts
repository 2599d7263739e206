// Schedules: each slot makes one job however many look, missed ones are caught up once, and one process schedules.

import { HoldfastError, parseInstant, type Store } from '@holdfast/core';
import {
  acquireLease,
  createJob,
  type FinishedJob,
  finishJob,
  type JobKind,
  jobLog,
  listSchedules,
  type NewSchedule,
  putSchedule,
  removeSchedule,
  requireJob,
  requireSchedule,
  runScheduleNow,
  Scheduler,
  startJob,
  takeDueSlots,
} from '@holdfast/core/job';
import { jobs } from '@holdfast/core/system';
import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { refusal } from './refusal.ts';

const at = (time: string): number => parseInstant(`2026-03-02T${time}Z`);
const hourly: NewSchedule = { name: 'hourly', kind: 'work', cron: '0 * * * *', params: { n: 1 } };

describe.each(engines)('$name', (engine) => {
  const opened = async (): Promise<Store> => (await engine.open()) as unknown as Store;
  const slot = async (store: Store, name = 'hourly') => {
    const { slotAt, nextRunAt } = await requireSchedule(store, name);
    return { slotAt, nextRunAt };
  };
  /** The job of the last slot ends. */
  const end = async (store: Store, id: string): Promise<void> => {
    const lease = await acquireLease(store, { name: `job/${id}`, owner: 'test', durationMs: 60_000 });
    await startJob(store, id, lease);
    await finishJob(store, id, lease, { state: 'done' });
  };

  test('a slot that is due makes a job with its params, and the next one comes after', async () => {
    const store = await opened();
    await putSchedule(store, hourly, { at: at('08:30:00') });
    expect(await slot(store)).toEqual({ slotAt: at('09:00:00'), nextRunAt: at('09:00:00') });
    expect(await takeDueSlots(store, { at: at('08:59:59') })).toEqual([]);
    const [taken] = await takeDueSlots(store, { at: at('09:00:01') });
    expect(taken).toMatchObject({ schedule: 'hourly', missed: 0 });
    expect(await requireJob(store, taken!.jobId!)).toMatchObject({
      kind: 'work',
      state: 'queued',
      params: { n: 1 },
      requestedBy: 'schedule/hourly',
    });
    expect(await requireSchedule(store, 'hourly')).toMatchObject({
      nextRunAt: at('10:00:00'),
      lastRunAt: at('09:00:01'),
      lastJobId: taken!.jobId,
    });
    expect(await takeDueSlots(store, { at: at('09:00:02') })).toEqual([]);
  });

  test('of many that look at once, one makes the job', async () => {
    const url = await engine.url(30_000);
    const stores = await Promise.all(Array.from({ length: 4 }, () => engine.open({ url })));
    const all = stores as unknown as Store[];
    await putSchedule(all[0]!, hourly, { at: at('08:30:00') });
    for (const time of ['09:00:01', '10:00:01']) {
      const taken = await Promise.all(all.map((store) => takeDueSlots(store, { at: at(time) })));
      expect(taken.flat()).toHaveLength(1);
      await end(all[0]!, taken.flat()[0]!.jobId!);
    }
    expect(await all[0]!.repository(jobs).count()).toBe(2);
  });

  test('slots that were missed are caught up by one run, and it says how many they were', async () => {
    const store = await opened();
    await putSchedule(store, hourly, { at: at('08:30:00') });
    const taken = await takeDueSlots(store, { at: at('12:20:00') });
    expect(taken).toMatchObject([{ missed: 3 }]);
    expect(await slot(store)).toMatchObject({ nextRunAt: at('13:00:00') });
    const [line] = await jobLog(store, taken[0]!.jobId!);
    expect(line!.message).toContain('3 more runs of hourly');
    expect(await takeDueSlots(store, { at: at('12:21:00') })).toEqual([]);
  });

  test('with jitter a run starts later than its slot, and one that is caught up later than it is found', async () => {
    const store = await opened();
    const random = (): number => 0.5;
    await putSchedule(store, { ...hourly, jitterMs: 600_000 }, { at: at('08:30:00'), random });
    expect(await slot(store)).toEqual({ slotAt: at('09:00:00'), nextRunAt: at('09:05:00') });
    expect(await takeDueSlots(store, { at: at('09:04:59'), random })).toEqual([]);
    const [first] = await takeDueSlots(store, { at: at('09:05:00'), random });
    await end(store, first!.jobId!);
    expect(await slot(store)).toEqual({ slotAt: at('10:00:00'), nextRunAt: at('10:05:00') });
    // Asleep until noon: put off once, then run once.
    expect(await takeDueSlots(store, { at: at('12:30:00'), random })).toEqual([]);
    expect(await slot(store)).toEqual({ slotAt: at('10:00:00'), nextRunAt: at('12:35:00') });
    expect(await takeDueSlots(store, { at: at('12:40:00'), random })).toMatchObject([{ missed: 2 }]);
    expect(await slot(store)).toEqual({ slotAt: at('13:00:00'), nextRunAt: at('13:05:00') });
  });

  test('while the last job has not ended, a slot is left out', async () => {
    const store = await opened();
    await putSchedule(store, hourly, { at: at('08:30:00') });
    const [first] = await takeDueSlots(store, { at: at('09:00:00') });
    expect(await takeDueSlots(store, { at: at('10:00:00') })).toEqual([
      { schedule: 'hourly', jobId: undefined, missed: 0 },
    ]);
    await end(store, first!.jobId!);
    expect(await takeDueSlots(store, { at: at('11:00:00') })).toMatchObject([{ jobId: expect.any(String) }]);
  });

  test('a clock that was set back runs nothing twice', async () => {
    const store = await opened();
    await putSchedule(store, hourly, { at: at('08:30:00') });
    const [first] = await takeDueSlots(store, { at: at('09:00:00') });
    await end(store, first!.jobId!);
    for (const time of ['08:00:00', '08:59:59', '09:30:00'])
      expect(await takeDueSlots(store, { at: at(time) })).toEqual([]);
  });

  test('switched off it does not run, on demand it does, changed it starts anew, removed it is gone', async () => {
    const store = await opened();
    await putSchedule(store, { ...hourly, enabled: false }, { at: at('08:30:00') });
    expect(await takeDueSlots(store, { at: at('12:00:00') })).toEqual([]);
    const id = await runScheduleNow(store, 'hourly', at('12:00:00'));
    expect(await requireJob(store, id)).toMatchObject({ state: 'queued', params: { n: 1 } });
    await putSchedule(
      store,
      { name: 'hourly', kind: 'work', cron: '30 6 * * *', timeZone: 'Europe/Berlin' },
      { at: at('12:00:00') },
    );
    expect(await requireSchedule(store, 'hourly')).toMatchObject({
      nextRunAt: parseInstant('2026-03-03T05:30:00Z'),
      params: null,
      enabled: true,
      lastJobId: id,
    });
    expect((await refusal(putSchedule(store, { ...hourly, cron: '99 * * * *' }))).code).toBe(
      'SETTING_INVALID',
    );
    expect((await refusal(requireSchedule(store, 'daily'))).hint).toBe('There are hourly');
    expect(await removeSchedule(store, 'hourly')).toBe(true);
    expect(await listSchedules(store)).toEqual([]);
    expect((await requireJob(store, id)).state).toBe('queued');
    expect((await refusal(runScheduleNow(store, 'hourly'))).code).toBe('SCHEDULE_NOT_FOUND');
  });

  test('one process schedules and runs what waits; the next takes over when it closes or dies', async () => {
    const store = await opened();
    let clock = at('08:30:00');
    const finished: FinishedJob[] = [];
    const kinds: JobKind[] = [
      { kind: 'work', runner: 'in-place', run: async ({ params }) => params },
      {
        kind: 'broken',
        runner: 'in-place',
        run: () => Promise.reject(new HoldfastError('DISK_FULL', 'no room')),
      },
    ];
    const scheduler = (owner: string) =>
      new Scheduler(store, {
        kinds,
        owner,
        clock: () => clock,
        onEnd: (end) => finished.push(end),
        onError: (error) => expect.unreachable(String(error)),
      });
    await putSchedule(store, hourly, { at: clock });
    const unknown = await createJob(store, { kind: 'of another program' });
    await createJob(store, { kind: 'broken' });
    const [first, second] = [scheduler('one'), scheduler('two')];
    expect((await first.turn()).started).toHaveLength(1);
    expect(await second.turn()).toMatchObject({ owner: false, started: [] });
    await first.idle();
    clock = at('09:00:30');
    expect(await first.turn()).toMatchObject({ owner: true, slots: [{ schedule: 'hourly' }] });
    await first.idle();
    expect(finished.map(({ job }) => job.state)).toEqual(['failed', 'done']);
    expect(finished[1]!.job.result).toEqual({ n: 1 });
    await first.close();
    clock = at('10:00:30');
    const turn = await second.turn();
    expect(turn).toMatchObject({ owner: true, slots: [{ schedule: 'hourly' }] });
    expect(turn.started).toHaveLength(1);
    await second.idle();
    // It hangs: its lease runs out.
    clock = at('11:00:30');
    expect(await first.turn()).toMatchObject({ owner: true, slots: [{ schedule: 'hourly' }] });
    expect((await second.turn()).owner).toBe(false);
    await Promise.all([first.close(), second.close()]);
    expect((await requireJob(store, unknown)).state).toBe('queued');
  });

  test('closing cancels what runs, and jobs that share a lease wait for each other', async () => {
    const store = await opened();
    const started: string[] = [];
    const kind: JobKind = {
      kind: 'work',
      runner: 'in-place',
      lease: 'shared',
      run: ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    };
    const scheduler = new Scheduler(store, { kinds: [kind], onStart: (id) => started.push(id) });
    const ids = [await createJob(store, { kind: 'work' }), await createJob(store, { kind: 'work' })];
    expect((await scheduler.turn()).started).toHaveLength(1);
    expect((await scheduler.turn()).started).toEqual([]);
    await scheduler.close();
    const states = await Promise.all(ids.map(async (id) => (await requireJob(store, id)).state));
    expect(states.sort()).toEqual(['cancelled', 'queued']);
    expect(started).toHaveLength(1);
  });
});
