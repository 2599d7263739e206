// How a command ends whose job did not.

import { HoldfastError } from '@holdfast/core';
import type { JobEnd } from '@holdfast/core/job';

/** The failure of the command is that of its job, which is named. */
export function jobFailure(job: string, end: Exclude<JobEnd, { state: 'done' }>): Error {
  const details = { job };
  if (end.state === 'cancelled')
    return new HoldfastError('CANCELLED', `the job ${job} was cancelled`, { details });
  const { error } = end;
  // What is no error of the table is told with its stack, as everywhere.
  if (error.code === 'BUG') return Object.assign(new Error(error.message), { stack: error.stack });
  return new HoldfastError(error.code, error.message, {
    hint: error.hint,
    details: { ...error.details, ...details },
    cause: error,
  });
}
