// @holdfast/core/job: long work, its progress, leases, and what runs when.

export { type HeldLease, type HoldOptions, holdLease } from './held-lease.ts';
export {
  cancelJob,
  createJob,
  finishJob,
  interruptStaleJobs,
  type JobEnd,
  type JobProgress,
  type JobRecord,
  type NewJob,
  pruneJobs,
  reportProgress,
  requireJob,
  startJob,
} from './jobs.ts';
export {
  type InPlaceKind,
  type JobKind,
  type JobWork,
  type ModuleKind,
  type RunJob,
  requireKind,
} from './kinds.ts';
export {
  acquireLease,
  type Lease,
  type LeaseOptions,
  leaseHolder,
  releaseLease,
  renewLease,
} from './leases.ts';
export { type JobLogLevel, type JobLogLine, type JobLogRecord, jobLog } from './logs.ts';
export { type PlainError, plainError, toHoldfastError } from './module-messages.ts';
export { isGone, thisProcess } from './owner.ts';
export { type JobPace, jobPace } from './progress.ts';
export type { LiveProgress } from './reporter.ts';
export { type FinishedJob, type RunJobOptions, runJob, runQueuedJob } from './run-job.ts';
export { runModule } from './run-module.ts';
export { Scheduler, type SchedulerOptions, type Turn } from './scheduler.ts';
export {
  listSchedules,
  type NewSchedule,
  putSchedule,
  removeSchedule,
  requireSchedule,
  runScheduleNow,
  type ScheduleRecord,
  type SlotOptions,
  type TakenSlot,
  takeDueSlots,
} from './schedules.ts';
