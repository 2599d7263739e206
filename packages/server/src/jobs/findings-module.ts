// The work of the jobs `db-check` and `doctor` in a thread of its own: pages and values are read in long statements.

import type { RunJob } from '@holdfast/core/job';
import { keyFindings } from '@holdfast/core/system';
import { redisFindings } from '../http/events/redis-url.ts';
import { openJobStore, placeOf } from './job-store.ts';

export const run: RunJob = async (work) => {
  await using store = await openJobStore(work);
  const findings =
    work.params['what'] === 'check'
      ? await store.check()
      : [
          ...(await store.doctor()),
          ...(await keyFindings(store)),
          ...(await redisFindings(placeOf(work).redis)),
        ];
  return { ok: findings.every(({ advice }) => advice), findings };
};
