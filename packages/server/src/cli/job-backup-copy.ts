// The kind of job `backup-copy`: brings archives to the targets that they are still to be on.

import { exits, HoldfastError } from '@holdfast/core';
import { runModule } from '@holdfast/core/job';
import { listCopies } from '@holdfast/core/targets';
import type { copyJson } from './backup-copy.ts';
import type { OfferedKind } from './job-kinds.ts';

const module = new URL(
  import.meta.url.endsWith('.ts') ? './job-backup-copy-module.ts' : './job-backup-copy-module.js',
  import.meta.url,
);

/** How long a thread has to stop when its job is cancelled. */
const graceMs = 5_000;

interface Result {
  readonly copies: readonly ReturnType<typeof copyJson>[];
}

export const backupCopyJob: OfferedKind = {
  summary: 'bring archives to the targets that they are still to be on',
  params: (words) => {
    if (words.length > 0)
      throw new HoldfastError('USAGE', `backup-copy takes nothing, not ${words.join(' ')}`);
    return {};
  },
  exitOf: (result) => ((result as Result).copies.every(({ stored }) => stored) ? exits.done : exits.partly),
  kind: {
    kind: 'backup-copy',
    runner: 'in-place',
    lease: 'backup-copy',
    async run(work) {
      // Looked for once a minute: no thread is started for nothing.
      if ((await listCopies(work.store, { stored: false })).length === 0) return { copies: [] };
      return runModule({ kind: 'backup-copy', runner: 'worker', module }, work, graceMs);
    },
  },
};
