// What jobs say while they run, and what is to run when.

import { bool, instant, int, json, oneOf, text, timestamps, uuid } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';
import { jobs } from './work.ts';

/** The newest lines of each job; older ones give way. */
export const jobLogs = table(
  'holdfast_job_logs',
  {
    jobId: uuid().references(jobs, 'id', 'cascade'),
    /** Counts from 1, lines that are gone included. */
    line: int(),
    at: instant(),
    level: oneOf('info', 'warn', 'error'),
    message: text(2_000),
  },
  { key: ['jobId', 'line'], dataClass: 'informational' },
);

/** From what rate and time left are computed: where the phase of a running job was when. */
export const jobProgress = table(
  'holdfast_job_progress',
  {
    jobId: uuid().references(jobs, 'id', 'cascade'),
    /** `[instant, done]`, oldest first, all of one phase. */
    samples: json<readonly (readonly [number, number])[]>().metric(),
  },
  { key: ['jobId'], dataClass: 'informational' },
);

export const schedules = table(
  'holdfast_schedules',
  {
    name: text(64),
    /** Kind of job. */
    kind: text(64),
    params: json<Record<string, unknown>>().nullable(),
    /** Five fields, or six with seconds first. */
    cron: text(255),
    /** As `Europe/Berlin`. */
    timeZone: text(64).default('UTC'),
    enabled: bool().default(true),
    /** A run starts up to so much later than its slot, so that not all start at once. */
    jitterMs: int().default(0),
    ...timestamps,
    /** The slot that comes next, by the cron expression alone. */
    slotAt: instant().metric(),
    /** When its run starts: the slot and its jitter, or later where it was missed. */
    nextRunAt: instant().metric(),
    lastRunAt: instant().metric(),
    lastJobId: uuid().metric(),
  },
  { key: ['name'], dataClass: 'important', checks: { jitterNotNegative: 'jitter_ms >= 0' } },
);
