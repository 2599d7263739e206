// The work of a job `prune` in a thread of its own: thousands of rows are deleted in one statement.

import { previewDriftPrune, pruneDrift } from '@holdfast/core/drift';
import { previewHistoryPrune, pruneHistory } from '@holdfast/core/history';
import type { RunJob } from '@holdfast/core/job';
import { openJobStore } from '../jobs/job-store.ts';

export const run: RunJob = async (work) => {
  await using store = await openJobStore(work);
  if (work.params['dryRun'] === true)
    return { dryRun: true, ...(await previewHistoryPrune(store)), ...(await previewDriftPrune(store)) };
  return { ...(await pruneHistory(store)), ...(await pruneDrift(store)) };
};
