// The work of a job `drift` in a thread of its own: comparing a page of records keeps the processor for as long as it takes.

import { driftKind } from '@holdfast/core/drift';
import type { RunJob } from '@holdfast/core/job';
import { openJobStore } from '../jobs/job-store.ts';
import { resources } from './domains.ts';

export const run: RunJob = async (work) => {
  await using store = await openJobStore(work);
  return await driftKind(resources).run({ ...work, store });
};
