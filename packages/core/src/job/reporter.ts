// What a running job says, gathered until the next pulse stores it.

import { type Instant, now } from '../schema/instant.ts';
import type { Repositories } from '../store/repository.ts';
import { jobProgress, jobs } from '../system/tables.ts';
import type { JobProgress } from './jobs.ts';
import type { Lease } from './leases.ts';
import { appendJobLog, type JobLogLevel, type JobLogLine, keptLines, logLine } from './logs.ts';
import { addSample, type JobPace, type ProgressSamples, paceOf } from './progress.ts';

/** How far a running job is, for who looks on. */
export interface LiveProgress extends JobPace {
  readonly phase: string | null;
  readonly done: number | null;
  readonly total: number | null;
  readonly message: string | null;
}

export interface Listeners {
  readonly onProgress?: ((progress: LiveProgress) => void) | undefined;
  readonly onLog?: ((line: JobLogLine) => void) | undefined;
}

type Counted = Omit<LiveProgress, keyof JobPace>;

export class Reporter {
  readonly #listeners: Listeners;
  readonly #clock: () => Instant;
  #counted: Counted = { phase: null, done: null, total: null, message: null };
  #samples: ProgressSamples = [];
  #lines: JobLogLine[] = [];
  /** Counts what was told, so that what comes while it is being stored is stored next time. */
  #told = 0;
  #storedOf = 0;

  constructor(listeners: Listeners = {}, clock: () => Instant = now) {
    this.#listeners = listeners;
    this.#clock = clock;
  }

  readonly progress = ({ phase, done, total, message }: JobProgress): void => {
    const before = phase === undefined ? this.#counted : { phase, done: null, total: null, message: null };
    if (phase !== undefined) this.#samples = [];
    this.#counted = {
      phase: before.phase?.slice(0, 64) ?? null,
      done: done ?? before.done,
      total: total ?? before.total,
      message: message?.slice(0, 512) ?? before.message,
    };
    const at = this.#clock();
    // Within the clock's resolution nothing is learned about the rate.
    const last = this.#samples.at(-1);
    if (done !== undefined && (last === undefined || at > last[0]))
      this.#samples = sampled(this.#samples, at, done);
    this.#told++;
    this.#listeners.onProgress?.({ ...this.#counted, ...paceOf(this.#samples, this.#counted.total, at) });
  };

  readonly log = (level: JobLogLevel, message: string): void => {
    const line = logLine(level, message, this.#clock());
    this.#lines.push(line);
    if (this.#lines.length > keptLines) this.#lines.shift();
    this.#listeners.onLog?.(line);
  };

  get hasNews(): boolean {
    return this.#told > this.#storedOf || this.#lines.length > 0;
  }

  /**
   * Stores what was said since, unless the job has become another's.
   * @returns what to call once the transaction has committed
   */
  async store(repositories: Repositories, id: string, lease: Lease): Promise<() => void> {
    const [told, lines] = [this.#told, new Set(this.#lines)];
    const job = await repositories.repository(jobs).get({ id });
    if (job?.state !== 'running' || job.leaseToken !== lease.token) return () => {};
    if (told > this.#storedOf) {
      const { phase, ...counted } = this.#counted;
      // Only a new phase is a change of the record.
      const patch = phase === job.phase ? counted : { phase, ...counted };
      await repositories.repository(jobs).update({ id }, patch);
      await repositories.repository(jobProgress).upsert({ jobId: id, samples: this.#samples });
    }
    await appendJobLog(repositories, id, [...lines]);
    return () => {
      this.#storedOf = told;
      this.#lines = this.#lines.filter((line) => !lines.has(line));
    };
  }
}

const spacing = 250_000;

/** Work that reports often: the newest count takes the place of the last, so that the samples span some seconds. */
function sampled(samples: ProgressSamples, at: Instant, done: number): ProgressSamples {
  const [before, last] = samples.slice(-2);
  if (before !== undefined && last !== undefined && last[0] - before[0] < spacing)
    return addSample(samples.slice(0, -1), at, done);
  return addSample(samples, at, done);
}
