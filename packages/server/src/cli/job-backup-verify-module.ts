// The work of a job `backup-verify` in a thread of its own.

import { openStore } from '@holdfast/core';
import { readKeyFile, requireArchive } from '@holdfast/core/archive';
import type { RunJob } from '@holdfast/core/job';
import { drill, scheduleSetting } from '@holdfast/core/retention';
import { getSetting } from '@holdfast/core/system';
import { domains } from './domains.ts';
import type { Place } from './invocation.ts';

export const run: RunJob = async ({ given, params, jobId, signal, progress, log }) => {
  const { url, keyFile } = given as Place;
  await using store = await openStore({
    ...{ url, keyFile, domains, mustExist: true },
    origin: { actor: 'holdfast', via: 'schedule', request: jobId },
  });
  const path = (await getSetting(store, scheduleSetting))?.drillKeyFile ?? undefined;
  const keys = path === undefined ? [] : [await readKeyFile(path)];
  const named = params['archive'] as string | undefined;
  const archive = named === undefined ? undefined : (await requireArchive(store, named)).id;
  let phase: string | undefined;
  const drilled = await drill(store, {
    ...{ domains, keys, archive, signal },
    onProgress(told) {
      progress({
        ...(told.phase === phase ? {} : { phase: told.phase }),
        done: told.done,
        total: told.total,
      });
      phase = told.phase;
    },
  });
  for (const each of drilled)
    if (!each.proven)
      log(
        'warn',
        `${each.archive}: only its checksums were compared, since no key that opens it is on this machine`,
      );
  return { archives: drilled };
};
