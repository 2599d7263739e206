// Jobs: started once, told how far they are, cancelled, finished by their own process only, and never running
// for ever because that process died.

import { HoldfastError, type Store } from '@holdfast/core';
import {
  acquireLease,
  cancelJob,
  createJob,
  finishJob,
  interruptStaleJobs,
  type JobRecord,
  jobs,
  releaseLease,
  reportProgress,
  startJob,
} from '@holdfast/core/system';
import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { shared } from './fixtures/tables.ts';
import { start } from './processes.ts';

const lease = (store: Store, durationMs = 60_000) =>
  acquireLease(store, { name: 'work', owner: 'test', durationMs });
const job = async (store: Store, id: string): Promise<JobRecord> =>
  (await store.repository(jobs).get({ id }))!;

describe.each(engines)('$name', (engine) => {
  const opened = async (): Promise<Store> => (await engine.open()) as unknown as Store;

  test('a job is started once, tells how far it is, and ends', async () => {
    const store = await opened();
    const id = await createJob(store, { kind: 'sync', params: { source: 'lab' }, requestedBy: 'ann' });
    const held = await lease(store);
    expect(await startJob(store, id, held)).toBe(true);
    expect(await startJob(store, id, held)).toBe(false);
    expect(await reportProgress(store, id, held, { phase: 'reading', done: 0, total: 10 })).toBe(true);
    expect(await reportProgress(store, id, held, { done: 7 })).toBe(true);
    expect(await job(store, id)).toMatchObject({ state: 'running', phase: 'reading', done: 7, total: 10 });
    expect(await finishJob(store, id, held, { state: 'done', result: { rows: 10 } })).toBe(true);
    expect(await job(store, id)).toMatchObject({ state: 'done', result: { rows: 10 }, requestedBy: 'ann' });
    expect(await finishJob(store, id, held, { state: 'cancelled' })).toBe(false);
    expect(await reportProgress(store, id, held, { done: 8 })).toBe(false);
  });

  test('a failure is kept with its code and next step', async () => {
    const store = await opened();
    const id = await createJob(store, { kind: 'sync' });
    const held = await lease(store);
    await startJob(store, id, held);
    await finishJob(store, id, held, { state: 'failed', error: new HoldfastError('DISK_FULL', 'no room') });
    expect((await job(store, id)).error).toMatchObject({ code: 'DISK_FULL', message: 'no room' });
  });

  test('cancelled while it waits, it never starts; while it runs, it is told at its next progress', async () => {
    const store = await opened();
    const held = await lease(store);
    const waiting = await createJob(store, { kind: 'sync' });
    expect(await cancelJob(store, waiting)).toBe(true);
    expect(await startJob(store, waiting, held)).toBe(false);
    expect(await cancelJob(store, waiting)).toBe(false);
    const running = await createJob(store, { kind: 'sync' });
    await startJob(store, running, held);
    expect(await cancelJob(store, running)).toBe(true);
    expect(await reportProgress(store, running, held, { done: 1 })).toBe(false);
    expect(await finishJob(store, running, held, { state: 'cancelled' })).toBe(true);
  });

  test('a job whose lease is given back, run out or taken over is interrupted; others go on', async () => {
    const store = await opened();
    const ids: string[] = [];
    for (const [name, durationMs] of [
      ['healthy', 60_000],
      ['short', 1],
      ['returned', 60_000],
      ['taken', 1],
    ] as const) {
      const held = await acquireLease(store, { name, owner: 'test', durationMs, at: 0 });
      const id = await createJob(store, { kind: name });
      await startJob(store, id, held);
      ids.push(id);
      if (name === 'returned') await releaseLease(store, held, 1);
      if (name === 'taken')
        await acquireLease(store, { name, owner: 'other', durationMs: 60_000, at: 5_000 });
    }
    const interrupted = await interruptStaleJobs(store, 5_000);
    expect(interrupted.map(({ kind }) => kind).sort()).toEqual(['returned', 'short', 'taken']);
    expect(await job(store, ids[0]!)).toMatchObject({ state: 'running' });
    expect(await job(store, ids[3]!)).toMatchObject({
      state: 'interrupted',
      finishedAt: 5_000,
      error: { code: 'JOB_INTERRUPTED' },
    });
    expect(await interruptStaleJobs(store, 5_000)).toEqual([]);
  });

  test('a job of a killed process is found when its lease has run out, with what it last said', async () => {
    const url = await engine.url(30_000);
    const store = (await engine.open({ url, domains: [shared] })) as unknown as Store;
    const id = await createJob(store, { kind: 'import' });
    const worker = start('work', url, id, '3600000');
    expect(await worker.message()).toBe('working');
    worker.child.kill('SIGKILL');
    await worker.ended;
    expect(await interruptStaleJobs(store)).toEqual([]);
    const later = Date.now() * 1000 + 3_600_000_000;
    expect(await interruptStaleJobs(store, later)).toMatchObject([{ id, phase: 'reading', done: 5 }]);
    const next = await acquireLease(store, { name: 'work', owner: 'next', durationMs: 1_000, at: later });
    expect(next.token).toBe(2);
    expect((await job(store, id)).state).toBe('interrupted');
  });
});
