// The kind of job `drift`: compares records with what they should be, as `holdfast drift` does.

import { driftKind } from '@holdfast/core/drift';
import { runModule } from '@holdfast/core/job';
import { resources } from './domains.ts';
import type { OfferedKind } from './job-kinds.ts';

const module = new URL(
  import.meta.url.endsWith('.ts') ? './job-drift-module.ts' : './job-drift-module.js',
  import.meta.url,
);

/** How long a thread has to stop when its job is cancelled. */
const graceMs = 5_000;

const inPlace = driftKind(resources);

export const driftJob: OfferedKind = {
  summary: 'compare all records, or those of a resource: drift [RESOURCE] [ID]',
  params: ([resource, id]) => ({
    ...(resource === undefined ? {} : { resource }),
    ...(id === undefined ? {} : { id }),
  }),
  kind: {
    ...inPlace,
    // One record is looked at sooner than a thread has begun.
    run: async (work) =>
      work.params['id'] === undefined
        ? runModule({ kind: 'drift', runner: 'worker', module }, work, graceMs)
        : inPlace.run(work),
  },
};
