// Jobs as they run: in place, in a thread, in a process; their progress, lines, results, cancellation and deaths.

import { errorTable, HoldfastError, type Store } from '@holdfast/core';
import {
  cancelJob,
  createJob,
  holdLease,
  type InPlaceKind,
  interruptStaleJobs,
  isGone,
  type JobKind,
  type JobWork,
  jobLog,
  jobPace,
  pruneJobs,
  type RunJobOptions,
  requireJob,
  runJob,
  runQueuedJob,
  thisProcess,
} from '@holdfast/core/job';
import { jobLogs, jobProgress, jobs, leases } from '@holdfast/core/system';
import { describe, expect, onTestFinished, test } from 'vitest';
import { engines } from '../engines.ts';
import { start } from './processes.ts';
import { refusal } from './refusal.ts';

const inPlace = (run: InPlaceKind['run'], lease?: string): JobKind => ({
  kind: 'work',
  runner: 'in-place',
  run,
  ...(lease === undefined ? {} : { lease }),
});
const module = new URL('fixtures/job-module.ts', import.meta.url);
const elsewhere = (runner: 'worker' | 'child'): JobKind => ({ kind: 'work', runner, module });

/** Pulses follow each other closely, so that tests need not wait. */
const run = (
  store: Store,
  kind: JobKind,
  params: Record<string, unknown> = {},
  options: Partial<RunJobOptions> = {},
) => runJob(store, { kind: 'work', params }, { kinds: [kind], pulseMs: 5, ...options });

/** Work that waits until it is told to stop. */
const untilStopped = ({ signal }: JobWork): Promise<void> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

describe.each(engines)('$name', (engine) => {
  const opened = async (): Promise<Store> => (await engine.open()) as unknown as Store;

  test('a job ends with its result, its last progress and its lines, and leaves no lease', async () => {
    const store = await opened();
    const { job, end } = await run(
      store,
      inPlace(async ({ params, progress, log, store: given }) => {
        expect(given).toBe(store);
        progress({ phase: 'reading', done: 3, total: 3 });
        progress({ phase: 'writing', total: 8 });
        progress({ done: 8, message: 'the last' });
        log('info', 'one');
        log('warn', `two ${params['name']}`);
        return { rows: 8 };
      }),
      { name: 'lab' },
    );
    expect(end).toEqual({ state: 'done', result: { rows: 8 } });
    expect(job).toMatchObject({ state: 'done', phase: 'writing', done: 8, total: 8, message: 'the last' });
    expect(job.result).toEqual({ rows: 8 });
    expect(await jobLog(store, job.id)).toMatchObject([
      { line: 1, level: 'info', message: 'one' },
      { line: 2, level: 'warn', message: 'two lab' },
    ]);
    expect(await store.repository(leases).count()).toBe(0);
    expect(await jobPace(store, job)).toEqual({ perSecond: null, leftMs: null });
  });

  test('while it runs, others see phase, count, rate and time left', async () => {
    const store = await opened();
    let clock = 1_000_000;
    const looked = Promise.withResolvers<void>();
    let id = '';
    const ended = run(
      store,
      inPlace(async ({ progress, log }) => {
        for (const done of [0, 10, 20]) {
          progress({ ...(done === 0 ? { phase: 'reading' } : {}), done, total: 100 });
          clock += 1_000_000;
        }
        log('info', 'at twenty');
        await looked.promise;
      }),
      {},
      {
        clock: () => clock,
        onStart: (started) => {
          id = started;
        },
      },
    );
    await expect.poll(async () => (await jobLog(store, id).catch(() => [])).length).toBe(1);
    const job = await requireJob(store, id);
    expect(job).toMatchObject({ state: 'running', phase: 'reading', done: 20, total: 100 });
    expect(await jobPace(store, job, 3_000_000)).toEqual({ perSecond: 10, leftMs: 8_000 });
    looked.resolve();
    expect((await ended).end.state).toBe('done');
  });

  test('a failure keeps its code and hint, and says so in its lines; a bug is named as one', async () => {
    const store = await opened();
    const failing = async (error: Error) =>
      (
        await run(
          store,
          inPlace(() => Promise.reject(error)),
        )
      ).job;
    const named = await failing(new HoldfastError('DISK_FULL', 'no room'));
    expect(named).toMatchObject({
      state: 'failed',
      error: { code: 'DISK_FULL', hint: errorTable.DISK_FULL.hint },
    });
    expect(await jobLog(store, named.id)).toMatchObject([{ level: 'error', message: 'DISK_FULL: no room' }]);
    expect((await failing(new TypeError('x is not a function'))).error).toMatchObject({ code: 'BUG' });
  });

  test('a result that is no JSON is a failure, not a job that runs for ever', async () => {
    const store = await opened();
    const { job } = await run(
      store,
      inPlace(async () => ({ rows: 8n })),
    );
    expect(job).toMatchObject({ state: 'failed', result: null });
  });

  test('cancelled by another, or by its caller, it ends as cancelled', async () => {
    const store = await opened();
    const byAnother = await run(
      store,
      inPlace(untilStopped),
      {},
      { onStart: (id) => void cancelJob(store, id) },
    );
    expect(byAnother.job).toMatchObject({ state: 'cancelled', error: null });
    const controller = new AbortController();
    const byCaller = await run(
      store,
      inPlace(async ({ signal }) => {
        controller.abort();
        signal.throwIfAborted();
      }),
      {},
      { signal: controller.signal },
    );
    expect(byCaller.job.state).toBe('cancelled');
  });

  test('jobs that share a lease do not run together: the second is refused and leaves no trace', async () => {
    const store = await opened();
    const kind = inPlace(async () => {
      expect((await refusal(run(store, kind))).code).toBe('LEASE_HELD');
      return 'first';
    }, 'shared');
    expect((await run(store, kind)).end).toEqual({ state: 'done', result: 'first' });
    expect(await store.repository(jobs).count()).toBe(1);
    expect((await refusal(runJob(store, { kind: 'no such' }, { kinds: [kind] }))).code).toBe(
      'JOB_KIND_UNKNOWN',
    );
  });

  test('one that waits is run once, with what it was made with; a cancelled one is not', async () => {
    const store = await opened();
    const kinds = [inPlace(async ({ params }) => params['n'])];
    const id = await createJob(store, { kind: 'work', params: { n: 7 }, requestedBy: 'ann' });
    expect((await runQueuedJob(store, id, { kinds })).job).toMatchObject({ result: 7, requestedBy: 'ann' });
    expect((await refusal(runQueuedJob(store, id, { kinds }))).code).toBe('JOB_OVER');
    const other = await createJob(store, { kind: 'work' });
    await cancelJob(store, other);
    expect((await refusal(runQueuedJob(store, other, { kinds }))).code).toBe('JOB_OVER');
    for (const unknown of ['none', crypto.randomUUID()])
      expect((await refusal(runQueuedJob(store, unknown, { kinds }))).code).toBe('JOB_NOT_FOUND');
  });

  test('who was found dead while he lived writes nothing more, and is told', async () => {
    const store = await opened();
    const kind = inPlace(async (work) => {
      // A clock far ahead: its lease has run out by it.
      await interruptStaleJobs(store, 9_000_000_000_000_000);
      work.progress({ done: 5 });
      await untilStopped(work);
    });
    let id = '';
    const error = await refusal(
      run(
        store,
        kind,
        {},
        {
          onStart: (started) => {
            id = started;
          },
        },
      ),
    );
    expect(error.code).toBe('LEASE_LOST');
    expect(await requireJob(store, id)).toMatchObject({ state: 'interrupted', done: null });
  });

  test('a lease is kept while work goes on, and known to be lost', async () => {
    const store = await opened();
    let clock = 0;
    const options = {
      name: 'kept',
      owner: 'one',
      durationMs: 10_000,
      renewMs: 3_600_000,
      clock: () => clock,
    };
    const held = await holdLease(store, options);
    clock = 9_000_000;
    await held.renew();
    clock = 15_000_000;
    expect((await refusal(holdLease(store, { ...options, owner: 'two' }))).code).toBe('LEASE_HELD');
    clock = 30_000_000;
    const next = await holdLease(store, { ...options, owner: 'two' });
    expect(held.lost.aborted).toBe(false);
    await held.renew();
    expect(held.lost.aborted).toBe(true);
    await held.release();
    expect((await refusal(holdLease(store, options))).code).toBe('LEASE_HELD');
    await next.release();
  });

  test('a killed process leaves a job that the next start finds at once, and a lease that is free', async () => {
    const url = await engine.url(30_000);
    const store = (await engine.open({ url })) as unknown as Store;
    const worker = start('run-job', url);
    const id = (await worker.message()) as string;
    expect(await interruptStaleJobs(store)).toEqual([]);
    expect(
      (
        await refusal(
          run(
            store,
            inPlace(async () => 1, 'shared'),
          ),
        )
      ).code,
    ).toBe('LEASE_HELD');
    worker.child.kill('SIGKILL');
    await worker.ended;
    expect(await interruptStaleJobs(store)).toMatchObject([{ id, kind: 'work', phase: 'reading' }]);
    expect(await requireJob(store, id)).toMatchObject({
      state: 'interrupted',
      error: { code: 'JOB_INTERRUPTED', hint: errorTable.JOB_INTERRUPTED.hint },
    });
    expect(
      (
        await run(
          store,
          inPlace(async () => 1, 'shared'),
        )
      ).end.state,
    ).toBe('done');
  });

  test('of its lines the newest thousand stay, and all go with the job', async () => {
    const store = await opened();
    const { job } = await run(
      store,
      inPlace(async ({ log, progress }) => {
        progress({ done: 1 });
        for (let line = 1; line <= 700; line++) log('info', `first ${line}`);
        await expect.poll(() => store.repository(jobLogs).count()).toBe(700);
        for (let line = 1; line <= 1_200; line++) log('info', `then ${line}`);
        log('info', `${'x'.repeat(3_000)}\0\ud800`);
      }),
    );
    const lines = await jobLog(store, job.id, 1_000);
    expect(lines).toHaveLength(1_000);
    expect(lines[0]!.message).toBe('then 202');
    expect(lines.at(-1)!.message).toHaveLength(2_000);
    expect(await store.repository(jobLogs).count()).toBe(1_000);
    expect(await pruneJobs(store, job.finishedAt!)).toBe(0);
    expect(await pruneJobs(store, job.finishedAt! + 1)).toBe(1);
    for (const table of [jobLogs, jobProgress]) expect(await store.repository(table).count()).toBe(0);
  });
});

// What a runner does is the same on every engine.
describe.each(['worker', 'child'] as const)('%s', (runner) => {
  const opened = async (): Promise<Store> => (await engines[0]!.open()) as unknown as Store;
  const kind = elsewhere(runner);

  test('progress, lines and the result cross; what is given is not stored', async () => {
    const store = await opened();
    const { job, end } = await run(store, kind, { what: 'count', to: 5 }, { given: { url: 'sqlite:x' } });
    expect(end).toEqual({ state: 'done', result: { counted: 5, given: { url: 'sqlite:x' } } });
    expect(job).toMatchObject({ phase: 'counting', done: 5, total: 5, params: { what: 'count', to: 5 } });
    expect((await jobLog(store, job.id)).map(({ message }) => message)).toContain('counted');
  });

  test('a named error keeps its name, a bug its stack', async () => {
    const store = await opened();
    const named = await run(store, kind, { what: 'refuse' });
    expect(named.job.error).toMatchObject({ code: 'DISK_FULL', message: 'no room here' });
    const bug = await run(store, kind, { what: 'throw' });
    expect(bug.job.error).toMatchObject({ code: 'BUG', message: 'unforeseen' });
    if (bug.end.state === 'failed') expect(bug.end.error.stack).toContain('job-module.ts');
    const missing = await run(store, { kind: 'work', runner, module: new URL('nowhere.ts', module) });
    expect(missing.job).toMatchObject({ state: 'failed', error: { code: 'BUG' } });
  });

  test('one that ends without a word has crashed, and its last words are kept', async () => {
    const store = await opened();
    const { job } = await run(store, kind, { what: 'exit' });
    expect(job).toMatchObject({ state: 'failed', error: { code: 'JOB_CRASHED' } });
    expect(job.error!.message).toContain('exit code 3');
    expect((await jobLog(store, job.id)).map(({ message }) => message)).toContain('last words');
  });

  test('told to stop, it may tidy up', async () => {
    const store = await opened();
    const { job } = await run(
      store,
      kind,
      { what: 'wait' },
      {
        onLog: ({ message }) => {
          if (message === 'waiting') void cancelNewest(store);
        },
      },
    );
    expect(job.state).toBe('cancelled');
    expect((await jobLog(store, job.id)).map(({ message }) => message)).toContain('tidied up');
  });

  test('what never listens is ended by force', async () => {
    const store = await opened();
    const { job } = await run(
      store,
      kind,
      { what: 'spin' },
      {
        graceMs: 50,
        onLog: ({ message }) => {
          if (message === 'spinning') void cancelNewest(store);
        },
      },
    );
    expect(job.state).toBe('cancelled');
  });
});

test('a killed child ends its job as failed, with the signal', async () => {
  const store = (await engines[0]!.open()) as unknown as Store;
  const { job } = await run(
    store,
    elsewhere('child'),
    { what: 'wait' },
    {
      onLog: ({ message }) => {
        if (/^pid /.test(message)) process.kill(Number(message.slice(4)), 'SIGKILL');
      },
    },
  );
  expect(job).toMatchObject({ state: 'failed', error: { code: 'JOB_CRASHED' } });
  expect(job.error!.message).toContain('SIGKILL');
});

test('a child whose parent is killed does not outlive it', async () => {
  const url = await engines[0]!.url(30_000);
  const store = (await engines[0]!.open({ url })) as unknown as Store;
  const parent = start('run-job', url, module.href);
  await parent.message();
  let pid = 0;
  await expect
    .poll(async () => {
      const { items } = await store.repository(jobLogs).list();
      pid = Number(items.find(({ message }) => /^pid /.test(message))?.message.slice(4) ?? 0);
      return pid;
    })
    .toBeGreaterThan(0);
  const child = thisProcess()
    .replace(`/${process.pid}/`, `/${pid}/`)
    .replace(/[^/]*$/, '');
  expect(isGone(child)).toBe(false);
  onTestFinished(() => {
    if (!isGone(child)) process.kill(pid, 'SIGKILL');
  });
  parent.child.kill('SIGKILL');
  await parent.ended;
  await expect.poll(() => isGone(child)).toBe(true);
});

const cancelNewest = async (store: Store): Promise<void> => {
  const { items } = await store.repository(jobs).list({ orderBy: [['id', 'desc']], limit: 1 });
  await cancelJob(store, items[0]!.id);
};
