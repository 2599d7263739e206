// The kind of job `backup-prune`: removes archives that no rule keeps, and records of backup jobs that nobody reads.

import { HoldfastError, now } from '@holdfast/core';
import { jobs, plans } from '@holdfast/core/system';
import type { Place } from './invocation.ts';
import type { OfferedKind } from './job-kinds.ts';
import { acceptedPrune, applyPrune, planPrune, pruneJson, sweepLeftovers } from './prune-archives.ts';

/** One a minute: those that ended well are kept for two days. */
const jobAge = 2 * 86_400_000_000;
/** Plans of earlier prunes name every segment that they removed. */
const planAge = 30 * 86_400_000_000;

export const backupPruneJob: OfferedKind = {
  summary: 'remove archives that no rule of backup policy keeps, here and on targets',
  params: (words) => {
    if (words.length > 0)
      throw new HoldfastError('USAGE', `backup-prune takes nothing, not ${words.join(' ')}`);
    return {};
  },
  kind: {
    kind: 'backup-prune',
    runner: 'in-place',
    // Never while one is written: it may go on from what would be removed.
    lease: 'backup',
    async run({ store, params, given, signal, log }) {
      const { intents, backups } = given as Place;
      const accept = params['accept'];
      const accepted = accept === undefined ? undefined : await acceptedPrune(store, String(accept));
      const planned = await planPrune(store, accepted?.plan.subject);
      const { plan, actor, stored } = accepted ?? {
        ...{ plan: planned.plan, actor: { name: 'holdfast', via: 'schedule' }, stored: undefined },
      };
      const { removed, bytes } = pruneJson(planned);
      const { steps, title } = plan;
      // What was agreed to is compared with what would be removed now: the same, or nothing is done.
      if (steps.length > 0)
        await applyPrune(store, { plan }, { actor, intents, signal, stored, dryRun: false });
      if (steps.length > 0) log('info', title);
      const leftovers = await sweepLeftovers(store, backups);
      for (const { target, message } of leftovers.unreachable) log('warn', `${target}: ${message}`);
      const forgotten = await store.repository(jobs).deleteMany({
        ...{ kind: { in: ['backup', 'backup-copy'] }, state: 'done' },
        finishedAt: { lt: now() - jobAge },
      });
      await store
        .repository(plans)
        .deleteMany({ kind: 'backup-prune', state: 'applied', finishedAt: { lt: now() - planAge } });
      return { removed, bytes, leftovers, jobs: forgotten };
    },
  },
};
