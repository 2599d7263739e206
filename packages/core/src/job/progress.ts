// How fast a job is, and how long it has to go: computed from where it was when.

import { type Instant, now } from '../schema/instant.ts';
import type { Repositories } from '../store/repository.ts';
import { jobProgress } from '../system/tables.ts';
import type { JobRecord } from './jobs.ts';

/** `[instant, done]`, oldest first, all of one phase. */
export type ProgressSamples = readonly (readonly [Instant, number])[];

/** As many as make a rate that follows the work, and forgets how it began. */
const kept = 20;

/** Adds a sample. A count that goes back starts anew: it belongs to something else. */
export function addSample(samples: ProgressSamples, at: Instant, done: number): ProgressSamples {
  const last = samples.at(-1);
  if (last !== undefined && (done < last[1] || at < last[0])) return [[at, done]];
  return [...samples, [at, done] as const].slice(-kept);
}

export interface JobPace {
  /** Units a second, over the last samples; null until two of them are apart. */
  readonly perSecond: number | null;
  /** Until the phase is done at that rate; null where rate or total are not known. */
  readonly leftMs: number | null;
}

/** @param at when it is asked for: a job that has stood still since its last sample gets slower */
export function paceOf(samples: ProgressSamples, total: number | null, at: Instant): JobPace {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last[0] <= first[0])
    return { perSecond: null, leftMs: null };
  const stepMicros = (last[0] - first[0]) / (samples.length - 1);
  // Between two samples nothing is expected; beyond that the job is waiting for something.
  const until = Math.max(last[0], at - stepMicros);
  const perSecond = ((last[1] - first[1]) / (until - first[0])) * 1_000_000;
  const left = total === null ? null : Math.max(0, total - last[1]);
  return {
    perSecond,
    leftMs: left === null || perSecond === 0 ? null : Math.ceil((left / perSecond) * 1_000),
  };
}

/** The pace of a stored job; of one that does not run nothing is left. */
export async function jobPace(
  repositories: Repositories,
  job: JobRecord,
  at: Instant = now(),
): Promise<JobPace> {
  if (job.state !== 'running') return { perSecond: null, leftMs: null };
  const stored = await repositories.repository(jobProgress).get({ jobId: job.id });
  return paceOf(stored?.samples ?? [], job.total, at);
}
