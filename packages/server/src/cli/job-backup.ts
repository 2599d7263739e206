// The kind of job `backup`: writes the archive that is due, locked with the public key of the store.

import { HoldfastError } from '@holdfast/core';
import type { RowProgress } from '@holdfast/core/archive';
import { type JobWork, runModule } from '@holdfast/core/job';
import { findDue, type RanDue, runDue } from '@holdfast/core/retention';
import type { Place } from './invocation.ts';
import type { OfferedKind } from './job-kinds.ts';

const types = ['full', 'incremental', 'differential', 'segment'] as const;
export type Type = (typeof types)[number];

const module = new URL(
  import.meta.url.endsWith('.ts') ? './job-backup-module.ts' : './job-backup-module.js',
  import.meta.url,
);

/** How long a thread has to stop when its job is cancelled. */
const graceMs = 5_000;

export const backupJob: OfferedKind = {
  summary: 'the archive that is due by backup schedule, or one of a type: backup [TYPE]',
  params([type, ...more]) {
    if (type === undefined) return {};
    if (more.length === 0 && types.some((each) => each === type)) return { type };
    throw new HoldfastError('USAGE', `backup takes one of ${types.join(', ')}`);
  },
  kind: {
    kind: 'backup',
    runner: 'in-place',
    lease: 'backup',
    async run(work) {
      const { store, params, given, signal } = work;
      const asked = params['type'] as Type | undefined;
      const { type, reason } = asked === undefined ? ((await findDue(store)) ?? {}) : { type: asked };
      // A segment is a few rows; whatever is more is written in a thread, so that the server goes on answering.
      if (type === 'segment')
        return tellLeft(work, await runDue(store, { ...options(given as Place, work), type, reason }));
      if (type !== undefined)
        return runModule(
          { kind: 'backup', runner: 'worker', module },
          { ...work, params: { ...params, type, reason } },
          graceMs,
        );
      const { backups: folder } = given as Place;
      return tellLeft(work, await runDue(store, { folder, signal }));
    },
  },
};

/** Of a process that was killed: what it left, and that its work was begun anew. */
export function tellLeft({ params, log }: JobWork, ran: RanDue): RanDue {
  const { restartOf } = params;
  if (restartOf !== undefined) log('warn', `begun anew: the process of the job ${String(restartOf)} ended`);
  for (const path of ran.removed) log('warn', `removed ${path}: its process ended before it was whole`);
  for (const id of ran.adopted) log('warn', `entered ${id}: its process ended before it was in the register`);
  return ran;
}

/** What `runDue` is told, and who is told by it. */
export function options({ backups: folder }: Place, { signal, progress }: JobWork) {
  let current: string | undefined;
  return {
    ...{ folder, signal },
    onProgress({ phase, done, total }: RowProgress) {
      progress({ ...(phase === current ? {} : { phase }), done, total });
      current = phase;
    },
  };
}
