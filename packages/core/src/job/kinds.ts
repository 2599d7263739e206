// Kinds of jobs: what is run under a name, and where.

import { HoldfastError } from '../errors.ts';
import type { Store } from '../store/open-store.ts';
import type { JobProgress } from './jobs.ts';
import type { JobLogLevel } from './logs.ts';

/** What a job is given to work with, wherever it runs. */
export interface JobWork {
  readonly jobId: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** What its program gives it and no database must keep: the URL with its password, the path of the key file. */
  readonly given: unknown;
  /** Fires when the job is to stop. Work that stops for it throws CANCELLED, or what `throwIfAborted` throws. */
  readonly signal: AbortSignal;
  /** Cheap: the newest is stored about once a second. A new phase starts counting anew. */
  progress(progress: JobProgress): void;
  /** Never secrets: lines are stored as they are. */
  log(level: JobLogLevel, message: string): void;
}

interface NamedKind {
  /** As `sync`. */
  readonly kind: string;
  /** Jobs that share a lease never run at the same time. @default one of the job's own */
  readonly lease?: string | ((params: Readonly<Record<string, unknown>>) => string);
}

/** Runs in the caller's own thread: for work that waits more than it computes. */
export interface InPlaceKind extends NamedKind {
  readonly runner: 'in-place';
  /** @returns the result, as JSON */
  run(work: JobWork & { readonly store: Store }): Promise<unknown>;
}

/**
 * Runs elsewhere, from a module that exports `run: RunJob` and opens what it needs itself.
 * `worker`: a thread, for work that computes; one that is stuck in a statement of SQLite cannot be ended.
 * `child`: a process, for what must be killable in the middle of anything.
 */
export interface ModuleKind extends NamedKind {
  readonly runner: 'worker' | 'child';
  /** A `file:` URL. */
  readonly module: string | URL;
}

/** What the module of a kind exports as `run`. `given` and the result cross as JSON. */
export type RunJob = (work: JobWork) => Promise<unknown>;

export type JobKind = InPlaceKind | ModuleKind;

/** @throws JOB_KIND_UNKNOWN */
export function requireKind(kinds: readonly JobKind[], name: string): JobKind {
  const found = kinds.find(({ kind }) => kind === name);
  if (found !== undefined) return found;
  const names = kinds.map(({ kind }) => kind).sort();
  throw new HoldfastError('JOB_KIND_UNKNOWN', `there is no kind of job ${name}`, {
    hint: `There are ${names.join(', ')}`,
  });
}

/** Name of the lease of a job, and whether it is the job's own. */
export function leaseOf(
  { lease }: JobKind,
  id: string,
  params: Readonly<Record<string, unknown>>,
): { readonly name: string; readonly once: boolean } {
  if (lease === undefined) return { name: `job/${id}`, once: true };
  return { name: typeof lease === 'string' ? lease : lease(params), once: false };
}
