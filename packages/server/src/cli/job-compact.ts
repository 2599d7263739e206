// The kind of job `compact`: puts samples of gauges into chunks and buckets, and drops what is past its tier.

import { HoldfastError } from '@holdfast/core';
import type { OfferedKind } from './job-kinds.ts';

const module = new URL(
  import.meta.url.endsWith('.ts') ? './job-compact-module.ts' : './job-compact-module.js',
  import.meta.url,
);

export const compactJob: OfferedKind = {
  summary: 'put samples of gauges into chunks and buckets; sync does it every hour by itself',
  params: (words) => {
    if (words.length > 0) throw new HoldfastError('USAGE', `compact takes nothing, not ${words.join(' ')}`);
    return {};
  },
  kind: { kind: 'compact', runner: 'worker', module, lease: 'compact' },
};
