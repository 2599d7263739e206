// The kind of job `compact`: puts samples of gauges into chunks and buckets, and drops what is past its tier.

import { HoldfastError } from '@holdfast/core';
import { compactSeries } from '@holdfast/core/series';
import type { OfferedKind } from './job-kinds.ts';

export const compactJob: OfferedKind = {
  summary: 'put samples of gauges into chunks and buckets; sync does it every hour by itself',
  params: (words) => {
    if (words.length > 0) throw new HoldfastError('USAGE', `compact takes nothing, not ${words.join(' ')}`);
    return {};
  },
  kind: {
    kind: 'compact',
    runner: 'in-place',
    lease: 'compact',
    run: async ({ store, signal }) => ({ ...(await compactSeries(store, { signal })) }),
  },
};
