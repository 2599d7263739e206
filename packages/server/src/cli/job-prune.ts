// The kind of job `prune`: drops what of the past the settings no longer keep.

import { HoldfastError } from '@holdfast/core';
import { pruneHistory } from '@holdfast/core/history';
import type { OfferedKind } from './job-kinds.ts';

export const pruneJob: OfferedKind = {
  summary: 'drop what of the past the settings history.days and runs.days no longer keep',
  params: (words) => {
    if (words.length > 0) throw new HoldfastError('USAGE', `prune takes nothing, not ${words.join(' ')}`);
    return {};
  },
  kind: {
    kind: 'prune',
    runner: 'in-place',
    lease: 'prune',
    run: async ({ store }) => ({ ...(await pruneHistory(store)) }),
  },
};
