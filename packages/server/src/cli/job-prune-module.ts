// The work of a job `prune` in a thread of its own: thousands of rows are deleted in one statement.

import { pruneDrift } from '@holdfast/core/drift';
import { pruneHistory } from '@holdfast/core/history';
import type { RunJob } from '@holdfast/core/job';
import { openJobStore } from '../jobs/job-store.ts';

export const run: RunJob = async (work) => {
  await using store = await openJobStore(work);
  return { ...(await pruneHistory(store)), ...(await pruneDrift(store)) };
};
