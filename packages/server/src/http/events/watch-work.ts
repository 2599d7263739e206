// Jobs, drift runs and sweeps as they get on: read from their tables, so it does not matter which process does them.

import { formatInstant, type Instant, now, type Row, type Store } from '@holdfast/core';
import { type JobRecord, jobPace } from '@holdfast/core/job';
import { driftRuns, jobs, runScopes, runs } from '@holdfast/core/system';
import { driftRunJson } from '../../shapes/drift.ts';
import { jobJson } from '../../shapes/jobs.ts';
import { makeEvent, type Place, type ServerEvent } from './event.ts';

/** Clocks of several servers differ: what ended so long ago may still be news. */
const window = 10_000_000;
const most = 200;

interface Ended {
  readonly jobs: JobRecord[];
  readonly drift: Row<typeof driftRuns>[];
  readonly sweeps: Row<typeof runs>[];
}

export class WorkWatch {
  readonly #store: Store;
  /** What was told of jobs that had not ended. */
  #told = new Map<string, string>();
  /** What ended within the window and was told. */
  readonly #ended = new Map<string, Instant>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Everything that has ended before is old. */
  async begin(): Promise<void> {
    await this.news({ at: now(), position: '' });
  }

  /** Of one that is new here, or was away since an instant. */
  async missed(since: Instant, place: Place): Promise<ServerEvent[]> {
    const ended = await this.#endedSince(since);
    const going = await this.#going();
    return [
      ...(await Promise.all([...ended.jobs, ...going].map((job) => this.#jobEvent(job, place)))),
      ...(await this.#others(ended, place)),
    ];
  }

  async news(place: Place): Promise<ServerEvent[]> {
    const events: ServerEvent[] = [];
    const going = await this.#going();
    const told = new Map<string, string>();
    for (const job of going) {
      const print = JSON.stringify([
        job.state,
        job.phase,
        job.done,
        job.total,
        job.message,
        job.cancelRequestedAt,
      ]);
      told.set(job.id, print);
      if (this.#told.get(job.id) !== print) events.push(await this.#jobEvent(job, place));
    }
    const fresh = await this.#endedSince(place.at - window);
    const isNew = ({ id }: { readonly id: string }): boolean => !this.#ended.has(id);
    const news = {
      jobs: fresh.jobs.filter(isNew),
      drift: fresh.drift.filter(isNew),
      sweeps: fresh.sweeps.filter(isNew),
    };
    for (const job of news.jobs) events.push(await this.#jobEvent(job, place));
    events.push(...(await this.#others(news, place)));
    for (const each of [...news.jobs, ...news.drift, ...news.sweeps]) this.#ended.set(each.id, place.at);
    for (const [id, at] of this.#ended) if (at < place.at - 3 * window) this.#ended.delete(id);
    this.#told = told;
    return events;
  }

  async #going(): Promise<JobRecord[]> {
    const where = { state: { in: ['queued', 'running'] as const } };
    return (await this.#store.repository(jobs).list({ where, limit: most })).items;
  }

  async #endedSince(since: Instant): Promise<Ended> {
    const finishedAt = { gte: since };
    const page = { limit: most, orderBy: [['id', 'desc']] } as const;
    const [ended, drift, sweeps] = await Promise.all([
      this.#store.repository(jobs).list({ where: { finishedAt }, ...page }),
      this.#store.repository(driftRuns).list({ where: { finishedAt }, ...page }),
      this.#store.repository(runs).list({ where: { finishedAt }, ...page }),
    ]);
    return { jobs: ended.items.reverse(), drift: drift.items.reverse(), sweeps: sweeps.items.reverse() };
  }

  async #jobEvent(job: JobRecord, place: Place): Promise<ServerEvent> {
    const shown = jobJson(job, await jobPace(this.#store, job));
    return makeEvent('job', place, { job: shown }, { topic: 'jobs' });
  }

  async #others({ drift, sweeps }: Pick<Ended, 'drift' | 'sweeps'>, place: Place): Promise<ServerEvent[]> {
    const events = drift.map((run) =>
      makeEvent('drift', place, { run: driftRunJson(run) }, { topic: 'drift' }),
    );
    for (const sweep of sweeps) {
      const { items } = await this.#store
        .repository(runScopes)
        .list({ where: { runId: sweep.id }, limit: 10_000 });
      for (const [source, scopes] of Map.groupBy(items, (scope) => scope.source)) {
        const incomplete = scopes.filter(({ complete }) => !complete).length;
        const fields = { source, run: sweep.id, outcome: sweep.outcome, incomplete, failing: incomplete > 0 };
        const when = { finishedAt: formatInstant(sweep.finishedAt ?? place.at) };
        events.push(makeEvent('source', place, { ...fields, ...when }, { topic: 'sources' }));
      }
    }
    return events;
  }
}
