// The work of a job `compact` in a thread of its own: chunks of thousands of records are made in one transaction.

import type { RunJob } from '@holdfast/core/job';
import { compactSeries } from '@holdfast/core/series';
import { openJobStore } from '../jobs/job-store.ts';

export const run: RunJob = async (work) => {
  await using store = await openJobStore(work);
  return await compactSeries(store, { signal: work.signal });
};
