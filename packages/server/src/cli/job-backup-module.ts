// The work of a job `backup` in a thread of its own, on a store of its own.

import { openStore } from '@holdfast/core';
import type { RunJob } from '@holdfast/core/job';
import { runDue } from '@holdfast/core/retention';
import { domains } from './domains.ts';
import type { Place } from './invocation.ts';
import { options, type Type, tellLeft } from './job-backup.ts';

export const run: RunJob = async (work) => {
  const place = work.given as Place;
  await using store = await openStore({
    ...{ url: place.url, keyFile: place.keyFile, domains, mustExist: true },
    origin: { actor: 'holdfast', via: 'schedule', request: work.jobId },
  });
  const ran = await runDue(store, {
    ...options(place, work),
    type: work.params['type'] as Type,
    reason: work.params['reason'] as string | undefined,
  });
  return tellLeft(work, ran);
};
