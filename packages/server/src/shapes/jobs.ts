// Jobs, their lines and their schedules, as the command line and the API answer with them.

import { formatInstant } from '@holdfast/core';
import type { JobLogRecord, JobPace, JobRecord, ScheduleRecord } from '@holdfast/core/job';
import { optionalInstant } from './instants.ts';
import { withoutSealed } from './sealed.ts';

/** The contract of `job --json`. */
export const jobJson = (job: JobRecord, pace: JobPace) => ({
  ...{ id: job.id, kind: job.kind, state: job.state, phase: job.phase, params: withoutSealed(job.params) },
  progress: { done: job.done, total: job.total, ...pace, message: job.message },
  ...{ result: job.result, error: job.error, requestedBy: job.requestedBy },
  createdAt: formatInstant(job.createdAt),
  startedAt: optionalInstant(job.startedAt),
  cancelRequestedAt: optionalInstant(job.cancelRequestedAt),
  finishedAt: optionalInstant(job.finishedAt),
});

export type JobJson = ReturnType<typeof jobJson>;

export const jobLineJson = ({ line, at, level, message }: JobLogRecord) => ({
  ...{ line, at: formatInstant(at), level, message },
});

export const scheduleJson = ({ nextRunAt, lastRunAt, lastJobId, ...schedule }: ScheduleRecord) => ({
  ...{ name: schedule.name, kind: schedule.kind, cron: schedule.cron, timeZone: schedule.timeZone },
  ...{ enabled: schedule.enabled, jitterMs: schedule.jitterMs, params: schedule.params },
  nextRunAt: optionalInstant(nextRunAt),
  lastRunAt: optionalInstant(lastRunAt),
  lastJob: lastJobId,
});
