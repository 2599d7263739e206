// The kinds of jobs that this program runs: one line for each.

import type { JobKind } from '@holdfast/core/job';
import { serverJobs } from '../jobs/server-jobs.ts';
import { backupJob } from './job-backup.ts';
import { backupCopyJob } from './job-backup-copy.ts';
import { backupPruneJob } from './job-backup-prune.ts';
import { backupVerifyJob } from './job-backup-verify.ts';
import { compactJob } from './job-compact.ts';
import { driftJob } from './job-drift.ts';
import { pruneJob } from './job-prune.ts';
import { syncJob } from './job-sync.ts';

/** A kind as the command line offers it. */
export interface OfferedKind {
  readonly kind: JobKind;
  /** Shown by `job run --help`. */
  readonly summary: string;
  /** The words after the kind, as params. @throws USAGE and other refusals of wrong words */
  params(words: readonly string[]): Record<string, unknown>;
  /** The least that may ask for it through the API. @default 'operator' */
  readonly role?: 'operator' | 'admin';
  /** Begun again by another server when its own has died. @default true */
  readonly restarts?: false;
  /** Where the API asks for it, instead of among all jobs. */
  readonly ownRoute?: string;
  /** Exit code of a job that is done, from its result. @default 0 */
  readonly exitOf?: (result: unknown) => number;
}

export const offeredKinds: readonly OfferedKind[] = [
  syncJob,
  driftJob,
  compactJob,
  pruneJob,
  backupJob,
  backupCopyJob,
  backupVerifyJob,
  backupPruneJob,
  ...serverJobs,
];
