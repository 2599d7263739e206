// The kind of job `prune`: drops what of the past the settings no longer keep.

import { HoldfastError } from '@holdfast/core';
import type { OfferedKind } from './job-kinds.ts';

const module = new URL(
  import.meta.url.endsWith('.ts') ? './job-prune-module.ts' : './job-prune-module.js',
  import.meta.url,
);

export const pruneJob: OfferedKind = {
  summary:
    'drop what of the past the settings history.days, runs.days and drift.days no longer keep, or only count it: prune [dry-run]',
  params: (words) => {
    if (words.length === 0) return {};
    if (words.join(' ') === 'dry-run') return { dryRun: true };
    throw new HoldfastError('USAGE', `prune takes dry-run or nothing, not ${words.join(' ')}`);
  },
  kind: { kind: 'prune', runner: 'worker', module, lease: 'prune' },
};
