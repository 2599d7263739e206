// The kind of job `sync`: reads sources and stores what changed, as `holdfast sync` does.

import { exits } from '@holdfast/core';
import type { OfferedKind } from './job-kinds.ts';

const module = new URL(
  import.meta.url.endsWith('.ts') ? './job-sync-module.ts' : './job-sync-module.js',
  import.meta.url,
);

interface Result {
  readonly sources: readonly { readonly scopes: readonly { readonly complete: boolean }[] }[];
}

export const syncJob: OfferedKind = {
  summary: 'read the sources named, or all: sync [SOURCE…]',
  params: (sources) => (sources.length === 0 ? {} : { sources: [...sources] }),
  exitOf: (result) =>
    (result as Result).sources.every(({ scopes }) => scopes.every(({ complete }) => complete))
      ? exits.done
      : exits.partly,
  kind: { kind: 'sync', runner: 'worker', module, lease: 'sync' },
};
