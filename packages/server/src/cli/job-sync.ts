// The kind of job `sync`: reads sources and stores what changed, as `holdfast sync` does.

import { exits } from '@holdfast/core';
import { sweep } from '@holdfast/core/sync';
import { collectors } from './domains.ts';
import type { OfferedKind } from './job-kinds.ts';
import { chosenSources, sweepJson } from './sync.ts';

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
  kind: {
    kind: 'sync',
    runner: 'in-place',
    lease: 'sync',
    async run({ store, params, signal, progress, log }) {
      const sources = await chosenSources(store, (params['sources'] ?? []) as string[]);
      let current: string | undefined;
      const result = await sweep(store, sources, collectors, {
        signal,
        onProgress({ source, done, total }) {
          progress({ ...(source === current ? {} : { phase: source }), done, total });
          current = source;
        },
        onScope(source, { scope, complete, error }) {
          if (!complete)
            log('warn', `${source}: ${scope} is incomplete: ${error?.message ?? 'no reason given'}`);
        },
      });
      return sweepJson(result);
    },
  },
};
