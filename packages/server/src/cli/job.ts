// holdfast job list|show|cancel|run: long work, its progress and its end.

import { exits, formatInstant, HoldfastError, type Store } from '@holdfast/core';
import {
  cancelJob,
  interruptStaleJobs,
  type JobLogRecord,
  jobLog,
  jobPace,
  type LiveProgress,
  requireJob,
  requireKind,
  runJob,
} from '@holdfast/core/job';
import { jobs } from '@holdfast/core/system';
import type { Command } from 'commander';
import { type JobJson, jobJson, jobLineJson } from '../shapes/jobs.ts';
import { duration } from './format.ts';
import type { Invocation } from './invocation.ts';
import { jobFailure } from './job-failure.ts';
import { offeredKinds } from './job-kinds.ts';
import { paint, printable, renderTable } from './output.ts';
import { progressLine } from './progress.ts';

const states = ['queued', 'running', 'done', 'failed', 'cancelled', 'interrupted'] as const;
type State = (typeof states)[number];

interface ListFlags {
  readonly state?: string;
  readonly kind?: string;
  readonly limit: string;
  readonly after?: string;
}

export function register(command: Command, invocation: Invocation): void {
  command
    .command('list')
    .description('jobs, newest first')
    .option('--state <state>', states.join(', '))
    .option('--kind <kind>', 'as sync')
    .option('--limit <number>', 'jobs of one page, at most 10000', '50')
    .option('--after <cursor>', 'the `next` of the page before')
    .action((flags: ListFlags) =>
      invocation.withStore({ create: false }, async (store) => {
        await tellInterrupted(store);
        const { items, next } = await store.repository(jobs).list({
          where: {
            ...(flags.state === undefined ? {} : { state: stateOf(flags.state) }),
            ...(flags.kind === undefined ? {} : { kind: flags.kind }),
          },
          orderBy: [['createdAt', 'desc']],
          limit: Number(flags.limit),
          after: flags.after,
        });
        const shown = await Promise.all(items.map(async (job) => jobJson(job, await jobPace(store, job))));
        invocation.print({ items: shown, next }, () => listText(shown, next));
      }),
    );

  command
    .command('show')
    .description('one job with its newest log lines')
    .argument('<id>')
    .option('--log <number>', 'log lines, at most 1000', '20')
    .action((id: string, flags: { log: string }) =>
      invocation.withStore({ create: false }, async (store) => {
        await tellInterrupted(store);
        const job = await requireJob(store, id);
        const log = await jobLog(store, id, lines(flags.log));
        const shown = jobJson(job, await jobPace(store, job));
        invocation.print({ ...shown, log: log.map(jobLineJson) }, () => showText(shown, log));
      }),
    );

  command
    .command('cancel')
    .description('a job that waits ends at once, one that runs is told to stop')
    .argument('<id>')
    .action((id: string) =>
      invocation.withStore({ create: false }, async (store) => {
        const { state } = await requireJob(store, id);
        if (!(await cancelJob(store, id)))
          throw new HoldfastError('JOB_OVER', `the job ${id} is over: ${state}`);
        const after = await requireJob(store, id);
        invocation.print({ id, state: after.state, cancelRequested: true }, () =>
          after.state === 'cancelled' ? `Cancelled ${id}` : `Told ${id} to stop`,
        );
      }),
    );

  const kinds = offeredKinds.map(({ kind, summary }) => `  ${kind.kind.padEnd(10)} ${summary}`).join('\n');
  command
    .command('run')
    .description('run a job here and wait for its end')
    .argument('<kind>')
    .argument('[words...]', 'what the kind takes')
    .addHelpText('after', `\nKinds:\n${kinds}`)
    .action((name: string, words: string[]) =>
      invocation.withStore({ create: false }, (store) => run(store, name, words, invocation)),
    );
}

async function run(store: Store, name: string, words: string[], invocation: Invocation): Promise<void> {
  const kinds = offeredKinds.map(({ kind }) => kind);
  const kind = requireKind(kinds, name);
  const offered = offeredKinds.find((each) => each.kind === kind)!;
  await tellInterrupted(store);
  const line = progressLine(invocation.json);
  const { job, end } = await runJob(
    store,
    { kind: name, params: offered.params(words), requestedBy: 'cli' },
    {
      ...{ kinds, signal: invocation.signal, given: invocation.place({ create: false }) },
      onProgress: (progress) => line.update(progressText(name, progress)),
    },
  ).finally(() => line.clear());
  if (end.state !== 'done') throw jobFailure(job.id, end);
  const shown = jobJson(job, { perSecond: null, leftMs: null });
  invocation.outcome.exit = offered.exitOf?.(end.result) ?? exits.done;
  invocation.print(shown, () => showText(shown, []));
}

/** Jobs whose process died are ended by whoever looks next, and named once. */
async function tellInterrupted(store: Store): Promise<void> {
  for (const { id, kind, phase } of await interruptStaleJobs(store))
    process.stderr.write(
      printable(
        `interrupted: the process of the ${kind} ${id} ended${phase === null ? '' : ` in ${phase}`}`,
      ).concat('\n'),
    );
}

function stateOf(text: string): State {
  const found = states.find((state) => state === text);
  if (found !== undefined) return found;
  throw new HoldfastError('USAGE', `--state is ${JSON.stringify(text)}: it takes ${states.join(', ')}`);
}

function lines(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= 1_000) return count;
  throw new HoldfastError('USAGE', `--log is ${JSON.stringify(text)}: it takes 1 to 1000`);
}

function listText(items: readonly JobJson[], next: string | null): string {
  if (items.length === 0) return 'No jobs';
  const table = renderTable(
    ['id', 'kind', 'state', 'created', 'progress'],
    items.map((job) => [
      job.id,
      job.kind,
      job.state,
      job.createdAt,
      countText({ ...job.progress, phase: job.phase }),
    ]),
  );
  return `${table}${next === null ? '' : paint('dim', `\nmore: --after ${next}`)}`;
}

function showText(job: JobJson, log: readonly JobLogRecord[]): string {
  const facts: [string, string | null][] = [
    ['progress', countText({ ...job.progress, phase: job.phase }) || null],
    ['params', job.params === null ? null : JSON.stringify(job.params)],
    ['requested by', job.requestedBy],
    ['created', job.createdAt],
    ['started', job.startedAt],
    ['told to stop', job.cancelRequestedAt],
    ['finished', job.finishedAt],
    ['result', job.result === null ? null : JSON.stringify(job.result)],
    ['error', job.error === null ? null : `${job.error.code}: ${job.error.message}`],
    ['next', job.error?.hint ?? null],
  ];
  return [
    `${paint('bold', job.id)} ${printable(job.kind)} ${job.state}`,
    ...facts.flatMap(([name, value]) =>
      value === null ? [] : [`  ${paint('dim', `${name}:`)} ${printable(value)}`],
    ),
    ...log.map(
      ({ at, level, message }) => `  ${paint('dim', formatInstant(at))} ${level} ${printable(message)}`,
    ),
  ].join('\n');
}

function countText({ phase, done, total, perSecond, leftMs, message }: LiveProgress): string {
  const count = done === null ? [] : [total === null ? String(done) : `${done}/${total}`];
  const rate =
    perSecond === null ? [] : [`${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)}/s`];
  const left = leftMs === null || leftMs < 1_000 ? [] : [`about ${duration(leftMs / 1_000)} left`];
  return [
    ...(phase === null ? [] : [phase]),
    ...count,
    ...rate,
    ...left,
    ...(message === null ? [] : [message]),
  ].join(', ');
}

const progressText = (kind: string, progress: LiveProgress): string =>
  printable(`${kind}: ${countText(progress)}`);
